# Chromium and the browsers made of it.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (lib.hm.options) option;
  inherit (pkgs.stdenv.hostPlatform) isDarwin isLinux;

  storeUrl = "https://clients2.google.com/service/update2/crx";

  # By the package: the name, and the directory of the configuration on Linux and on macOS.
  browsers = {
    chromium = {
      title = "Chromium";
      darwin = "Chromium";
    };
    google-chrome = {
      title = "Google Chrome";
      darwin = "Google/Chrome";
    };
    google-chrome-beta = {
      title = "Google Chrome Beta";
      darwin = "Google/Chrome Beta";
    };
    google-chrome-dev = {
      title = "Google Chrome Dev";
      darwin = "Google/Chrome Dev";
    };
    brave = {
      title = "Brave Browser";
      linux = "BraveSoftware/Brave-Browser";
      darwin = "BraveSoftware/Brave-Browser";
    };
    brave-origin = {
      title = "Brave Origin";
      linux = "BraveSoftware/Brave-Origin";
      darwin = "BraveSoftware/Brave-Origin";
    };
    vivaldi.title = "Vivaldi Browser";
    microsoft-edge = {
      title = "Microsoft Edge";
      darwin = "Microsoft Edge";
    };
  };

  hasPlasmaSupport = browser: isLinux && browser == "google-chrome";

  extensionType = types.submodule {
    options = {
      id = option (types.strMatching "[a-zA-Z]{32}") "" "Id of the extension in the Chrome Web Store." // {
        default = "";
      };
      updateUrl = option types.str storeUrl "Where the browser looks for updates. Not used with `crxPath`.";
      crxPath = option (types.nullOr types.path) null "File of the extension, instead of a download.";
      version = option (types.nullOr types.str) null "Version of the extension at `crxPath`.";
    };
  };

  optionsOf =
    browser:
    { title, ... }:
    let
      # The manual shows the options once.
      shown = option: option // { visible = browser == "chromium"; };
    in
    {
      enable = shown (lib.mkEnableOption title);

      package = shown (mkOption {
        type = types.nullOr types.package;
        default = pkgs.${browser} or null;
        defaultText = lib.literalExpression "pkgs.${browser}";
        description = "The ${title} package, or null if it comes with the distribution.";
      });

      finalPackage = shown (mkOption {
        type = types.nullOr types.package;
        readOnly = true;
        description = "The package with the arguments.";
      });

      commandLineArgs = shown (
        option (types.listOf types.str) [ ] ''
          Arguments for each start. See <https://peter.sh/experiments/chromium-command-line-switches/>.
        ''
        // {
          example = [ "--ignore-gpu-blocklist" ];
        }
      );

      dictionaries = shown (
        option (types.listOf types.package) [ ] "Dictionaries for the spell checker."
        // {
          example = lib.literalExpression "[ pkgs.hunspellDictsChromium.en_US ]";
        }
      );

      nativeMessagingHosts =
        option (types.listOf types.package) [ ] "Packages with native messaging hosts, which extensions talk to."
        // {
          example = lib.literalExpression "[ pkgs.keepassxc ]";
        };

      extensions = shown (
        option (types.listOf (types.coercedTo types.str (id: { inherit id; }) extensionType)) [ ] ''
          Extensions: ids of the Chrome Web Store, or sets. Google Chrome reads them on macOS only. See
          <https://developer.chrome.com/docs/extensions/how-to/distribute/install-extensions>.
        ''
        // {
          example = [ { id = "cjpalhdlnbpafiamejdnhcphjbkeiagm"; } ];
        }
      );
    }
    // lib.optionalAttrs (hasPlasmaSupport browser) {
      plasmaSupport = shown (option types.bool false "Whether to integrate with Plasma." // { example = true; });

      plasmaBrowserIntegrationPackage = shown (
        lib.hm.options.packageOption (pkgs.kdePackages or { isHomeManagerEmbedded = true; }) "plasma-browser-integration" {
          extraDescription = "It has the native messaging host.";
          pkgsText = "pkgs.kdePackages";
        }
      );
    };

  configOf =
    browser: _facts:
    let
      cfg = config.programs.${browser};

      # The package may be another browser than the module.
      packageName =
        if cfg.package == null then
          browser
        else
          cfg.package.pname or (builtins.parseDrvName cfg.package.name).name;
      effective = if browsers ? ${packageName} then packageName else browser;

      isChrome = lib.hasPrefix "google-chrome" effective;

      directory =
        if isDarwin then
          "Library/Application Support/${browsers.${effective}.darwin or effective}"
        else
          "${config.xdg.configHome}/${browsers.${effective}.linux or effective}";

      extensionFile =
        extension:
        assert extension.crxPath != null -> extension.version != null;
        {
          "${directory}/External Extensions/${extension.id}.json".text = builtins.toJSON (
            if extension.crxPath != null then
              {
                external_crx = extension.crxPath;
                external_version = extension.version;
              }
            else
              { external_update_url = extension.updateUrl; }
          );
        };

      dictionaryFile = package: {
        "${directory}/Dictionaries/${package.passthru.dictFileName}".source = package;
      };

      plasmaSupport = hasPlasmaSupport browser && cfg.plasmaSupport;

      hosts = lib.unique (
        cfg.nativeMessagingHosts ++ lib.optional plasmaSupport cfg.plasmaBrowserIntegrationPackage
      );

      fromStore =
        extension:
        extension.crxPath == null && extension.version == null && extension.updateUrl == storeUrl;
    in
    lib.mkIf cfg.enable {
      assertions = [
        {
          assertion = cfg.package != null || cfg.commandLineArgs == [ ];
          message = "Cannot set `commandLineArgs` when `package` is null for ${browser}.";
        }
        {
          assertion = !(isChrome && isLinux && cfg.extensions != [ ]);
          message = "Cannot set `extensions` for `${effective}` on Linux. Google Chrome only loads external extensions from system-managed directories, which Home Manager does not manage.";
        }
        {
          assertion = !(isChrome && isDarwin) || lib.all fromStore cfg.extensions;
          message = "Cannot set `crxPath`, `version`, or a custom `updateUrl` for `${effective}` on Darwin. Google Chrome only supports Chrome Web Store external extensions there.";
        }
      ];

      programs.${browser}.finalPackage =
        if cfg.package != null && (cfg.commandLineArgs != [ ] || plasmaSupport) then
          cfg.package.override (
            lib.optionalAttrs (cfg.commandLineArgs != [ ]) {
              commandLineArgs = lib.concatStringsSep " " cfg.commandLineArgs;
            }
            // lib.optionalAttrs plasmaSupport {
              plasmaSupport = true;
              inherit (pkgs) kdePackages;
            }
          )
        else
          cfg.package;

      home.packages = lib.optional (cfg.finalPackage != null) cfg.finalPackage;

      home.file = lib.mergeAttrsList (
        lib.optionals (!isChrome || isDarwin) (map extensionFile cfg.extensions)
        ++ map dictionaryFile cfg.dictionaries
        ++ [
          {
            "${directory}/NativeMessagingHosts" = lib.mkIf (hosts != [ ]) {
              source = "${
                pkgs.symlinkJoin {
                  name = "${effective}-native-messaging-hosts";
                  paths = hosts;
                }
              }/etc/chromium/native-messaging-hosts";
              recursive = true;
            };
          }
        ]
      );
    };
in
{
  options.programs = lib.mapAttrs optionsOf browsers;
  config = lib.mkMerge (lib.mapAttrsToList configOf browsers);
}
