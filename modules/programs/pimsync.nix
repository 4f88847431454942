{
  cfg,
  config,
  lib,
  option,
  pkgs,
  ...
}:

let
  directives = lib.mapAttrsToList (
    name: value: {
      inherit name;
      params = lib.toList value;
    }
  );

  enabled = accounts: lib.filterAttrs (_name: account: account.pimsync.enable) accounts;
  calendars = enabled config.accounts.calendar.accounts;
  contacts = enabled config.accounts.contact.accounts;

  localStorage = kind: name: account: {
    name = "storage";
    params = [ "${kind.prefix}-${name}-local" ];
    children =
      directives { type = kind.localType; }
      ++ directives {
        inherit (account.local) path;
        fileext = account.local.fileExt;
      }
      ++ account.pimsync.extraLocalStorageDirectives;
  };

  remoteStorage = kind: name: account: {
    name = "storage";
    params = [ "${kind.prefix}-${name}-remote" ];
    children =
      directives { type = kind.remoteType account.remote.type; }
      ++ directives {
        inherit (account.remote) url;
        username = account.remote.userName;
      }
      ++ lib.optional (account.remote.passwordCommand != null) {
        name = "password";
        children = [
          {
            name = "cmd";
            params = account.remote.passwordCommand;
          }
        ];
      }
      ++ account.pimsync.extraRemoteStorageDirectives;
  };

  pair = kind: name: account: {
    name = "pair";
    params = [ "${kind.prefix}-${name}" ];
    children =
      directives {
        storage_a = "${kind.prefix}-${name}-local";
        storage_b = "${kind.prefix}-${name}-remote";
      }
      ++ account.pimsync.extraPairDirectives;
  };

  allOf =
    kind: accounts:
    lib.concatMap (make: lib.mapAttrsToList (make kind) accounts) [
      localStorage
      remoteStorage
      pair
    ];

  calendar = {
    prefix = "calendar";
    localType = "vdir/icalendar";
    remoteType = type: if type == "caldav" then type else "webcal";
  };
  contact = {
    prefix = "contacts";
    localType = "vdir/vcard";
    remoteType = _type: "carddav";
  };

  assertAll =
    accounts: condition: message:
    map (account: {
      assertion = condition account;
      inherit message;
    }) (lib.attrValues accounts);
  isDirectory = account: account.local.type == "filesystem";

  directories = map (account: account.local.path) (
    lib.attrValues calendars ++ lib.attrValues contacts
  );

  directivesOption = option lib.hm.types.SCFGDirectives [ ];

  accountModule.options.pimsync = {
    enable = lib.mkEnableOption "pimsync for the account";

    extraRemoteStorageDirectives = directivesOption "Further directives of the remote storage." // {
      example = [
        {
          name = "interval";
          params = [ 60 ];
        }
      ];
    };

    extraLocalStorageDirectives = directivesOption "Further directives of the local storage.";

    extraPairDirectives = directivesOption "Further directives of the pair of storages." // {
      example = [
        {
          name = "collections";
          params = [ "all" ];
        }
      ];
    };
  };
in
{
  title = "pimsync, which synchronizes calendars and contacts";
  docs = "https://pimsync.whynothugo.nl/pimsync.conf.5.html";

  accounts = {
    calendar = accountModule;
    contact = accountModule;
  };

  options.settings =
    option lib.hm.types.SCFGDirectives
      [
        {
          name = "status_path";
          params = [ "${config.xdg.dataHome}/pimsync/status" ];
        }
      ]
      ''
        Further directives of {file}`$XDG_CONFIG_HOME/pimsync/pimsync.conf`. See
        <https://pimsync.whynothugo.nl/pimsync.conf.5.html>.
      ''
    // {
      defaultText = lib.literalExpression ''
        [
          {
            name = "status_path";
            params = [ "''${config.xdg.dataHome}/pimsync/status" ];
          }
        ]
      '';
    };

  config = {
    assertions =
      assertAll contacts (
        account: account.remote.type == "carddav"
      ) "pimsync can only handle contact remotes of type carddav"
      ++ assertAll calendars (
        account: account.remote.type == "caldav" || account.remote.type == "http"
      ) "pimsync can only handle calendar remotes of types http or caldav"
      ++ assertAll contacts isDirectory "pimsync only supports type filesystem for local"
      ++ assertAll calendars isDirectory "pimsync only supports type filesystem for local";

    systemd.user.tmpfiles.rules = lib.optionals pkgs.stdenv.hostPlatform.isLinux (
      map (directory: "d ${directory} 0750 ${config.home.username} users - -") directories
    );

    home.activation.createDavDirectories = lib.mkIf (!pkgs.stdenv.hostPlatform.isLinux) (
      lib.hm.dag.entryAfter [ "linkGeneration" ] (
        lib.concatMapStringsSep "\n" (
          directory: ''[[ -L "${directory}" ]] || run mkdir -p $VERBOSE_ARG "${directory}"''
        ) directories
      )
    );

    xdg.configFile."pimsync/pimsync.conf".text = lib.hm.generators.toSCFG { } (
      allOf calendar calendars ++ allOf contact contacts ++ cfg.settings
    );
  };
}
