{
  cfg,
  config,
  exe,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  quote = text: ''"${text}"'';

  urlLine =
    {
      url,
      tags,
      title,
    }:
    lib.concatStringsSep " " (
      [ url ] ++ map quote tags ++ lib.optional (title != null) (quote "~${title}")
    );

  queryLine = name: query: ''"query:${name}:${lib.escape [ ''"'' ] query}"'';

  urls = map urlLine cfg.urls;
  queries = lib.mapAttrsToList queryLine cfg.queries;
  since = lib.versionAtLeast config.home.stateVersion;

  files = {
    urls = lib.mkIf (cfg.urls != [ ]) {
      text = lib.concatLines (if since "20.03" then queries ++ urls else urls ++ queries);
    };
    config.text = ''
      max-items ${toString cfg.maxItems}
      browser ${cfg.browser}
      reload-threads ${toString cfg.reloadThreads}
      auto-reload ${lib.hm.booleans.yesNo cfg.autoReload}
      ${lib.optionalString (cfg.reloadTime != null) "reload-time ${toString cfg.reloadTime}"}
      prepopulate-query-feeds yes

      ${cfg.extraConfig}
    '';
  };

  jobOptions = title: default: example: {
    enable = lib.mkEnableOption title;
    onCalendar = option types.str default "When to do so. See {manpage}`systemd.time(7)`." // {
      inherit example;
    };
  };

  # A job that runs in the background, and alone.
  job = name: facts: description: argument: {
    services."newsboat-${name}" = lib.mkIf facts.enable {
      Unit = {
        Description = description;
        Documentation = [ "man:newsboat(1)" ];
      };
      Service = {
        Type = "oneshot";
        Slice = "background.slice";
        CPUSchedulingPolicy = "idle";
        IOSchedulingClass = "idle";
        RuntimeDirectory = "newsboat";
        ExecStart = "${lib.hm.options.tool pkgs "flock" "flock"} %t/newsboat.lock ${exe} ${argument}";
      };
    };

    timers."newsboat-${name}" = lib.mkIf facts.enable {
      Unit = {
        Description = description;
        Documentation = [ "man:newsboat(1)" ];
      }
      // lib.optionalAttrs (name == "fetch-articles") { After = [ "network.target" ]; };
      Timer = {
        Unit = "newsboat-${name}.service";
        OnCalendar = facts.onCalendar;
        Persistent = true;
      };
      Install.WantedBy = [ "timers.target" ];
    };
  };
in
{
  title = "Newsboat, a feed reader for the terminal";
  docs = "https://newsboat.org/releases/2.40/docs/newsboat.html";

  options = {
    urls =
      option (types.listOf (
        types.submodule {
          options = {
            url = lib.mkOption {
              type = types.str;
              example = "https://example.com/feed";
              description = "Address of the feed.";
            };
            tags = option (types.listOf types.str) [ ] "Tags of the feed." // {
              example = [ "foo" ];
            };
            title = option (types.nullOr types.str) null "Title that is shown." // {
              example = "News";
            };
          };
        }
      )) [ ] "Feeds. If there are none, newsboat itself can change its list."
      // {
        example = [
          {
            url = "https://example.com/feed";
            tags = [ "foo" ];
          }
        ];
      };

    maxItems = option types.int 0 "Greatest number of items of a feed; 0 is no limit.";
    reloadThreads = option types.int 5 "Number of feeds that are fetched at a time.";
    autoReload = option types.bool false "Whether feeds are fetched while newsboat runs.";
    reloadTime = option (types.nullOr types.int) 60 "Time between two such fetches, in minutes.";

    browser =
      option types.str (lib.hm.options.tool pkgs "xdg-utils" "xdg-open") "Command that opens links."
      // {
        defaultText = lib.literalExpression "\${pkgs.xdg-utils}/bin/xdg-open";
      };

    queries = option (types.attrsOf types.str) { } "Feeds of items that match a query. See <https://newsboat.org/releases/2.40/docs/newsboat.html#_query_feeds>." // {
      example.foo = ''rssurl =~ "example.com"'';
    };

    extraConfig = option types.lines "" "Further lines of the configuration. See <https://newsboat.org/releases/2.40/docs/newsboat.html#_first_steps>.";

    autoFetchArticles = jobOptions "regular fetches while newsboat does not run" "daily" "weekly";
    autoVacuum = jobOptions "regular cleaning of newsboat's cache" "weekly" "monthly";
  };

  config = {
    assertions = [
      {
        assertion = cfg.queries != { } -> cfg.urls != [ ];
        message = ''
          Cannot specify queries if urls is empty. Unset queries if you
          want to manage urls imperatively.
        '';
      }
      {
        assertion = cfg.autoFetchArticles.enable -> cfg.package != null;
        message = ''
          Cannot fetch articles if package is unset.
        '';
      }
      {
        assertion = cfg.autoVacuum.enable -> cfg.package != null;
        message = ''
          Cannot clean newsboat cache if package is unset.
        '';
      }
    ];

    home.file = lib.mkIf (!since "21.05") (
      lib.mapAttrs' (name: lib.nameValuePair ".newsboat/${name}") files
    );
    xdg.configFile = lib.mkIf (since "21.05") (
      lib.mapAttrs' (name: lib.nameValuePair "newsboat/${name}") files
    );

    systemd.user = lib.mkMerge [
      (job "fetch-articles" cfg.autoFetchArticles "Automatic Newsboat Article Fetcher" "--execute=reload")
      (job "vacuum" cfg.autoVacuum "Automatic Newsboat Cache Cleaner" "--vacuum")
    ];
  };
}
