{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  optional = type: option (types.nullOr type) null;
  choice = values: optional (types.enum values);
  flag = optional types.bool;
  number = optional types.ints.unsigned;

  directory =
    if pkgs.stdenv.hostPlatform.isDarwin then
      "Library/Application Support/Anki2"
    else
      "${config.xdg.dataHome}/Anki2";

  defaultProfiles = lib.filterAttrs (_name: profile: profile.default) cfg.profiles;

  profileType = types.submodule {
    options = {
      default = option types.bool false "Whether Anki starts with the profile.";

      sync = {
        username = optional types.str "The account's user.";
        usernameFile = optional types.path "A file with the account's user.";
        keyFile = optional types.path "A file with the account's key, which Anki's `sync_login` tells.";
        url = optional types.str "The server, if it is one's own." // {
          example = "http://example.com/anki-sync/";
        };
        autoSync = flag "Whether to synchronize at the start and at the end.";
        syncMedia = flag "Whether to synchronize sounds and pictures.";
        autoSyncMediaMinutes = number "Minutes between synchronizations of sounds and pictures, 0 for none.";
        networkTimeout = number "Seconds until a connection fails.";
      };
    };
  };

  # What Anki writes itself is written by its own program.
  preferences =
    let
      ownPython = lib.findSingle (package: package.isPy3 or false) null null (
        cfg.package.nativeBuildInputs or [ ]
      );
      python = if ownPython == null then pkgs.python3 else ownPython;
      anki = if ownPython == null then pkgs.anki else cfg.package;
      settings = pkgs.writeText "anki-settings.json" (
        builtins.toJSON {
          inherit (cfg)
            answerKeys
            hideBottomBar
            hideBottomBarMode
            hideTopBar
            hideTopBarMode
            language
            legacyImportExport
            minimalistMode
            reduceMotion
            spacebarRatesCard
            style
            theme
            uiScale
            videoDriver
            ;
          profiles = lib.mapAttrs (_name: profile: {
            inherit (profile) default;
            sync = {
              inherit (profile.sync)
                autoSync
                autoSyncMediaMinutes
                networkTimeout
                syncMedia
                ;
            };
          }) cfg.profiles;
        }
      );
    in
    pkgs.runCommand "ankiConfig" { nativeBuildInputs = [ anki ]; } ''
      ${python.interpreter} ${./preferences.py} $out ${settings}
    '';

  # Files that are read when Anki runs stay where they are.
  syncOf = profile: {
    inherit (profile.sync) url username;
    usernameFile = lib.mapNullable toString profile.sync.usernameFile;
    keyFile = lib.mapNullable toString profile.sync.keyFile;
  };

  addon =
    pname: text:
    pkgs.anki-utils.buildAnkiAddon {
      inherit pname;
      version = "1.0";
      src = pkgs.writeTextDir "__init__.py" text;
    };

  syncAddon = addon "hm-sync-config" (
    lib.replaceStrings [ "@profiles@" ] [
      (builtins.toJSON (builtins.toJSON (lib.mapAttrs (_name: syncOf) cfg.profiles)))
    ] (builtins.readFile ./sync.py)
  );

  managedAddon = addon "home-manager" (builtins.readFile ./managed.py);

  checkProfile =
    name: profile:
    let
      path = "programs.anki.profiles.${lib.strings.escapeNixString name}";
      invalid = lib.concatLists (lib.filter lib.isList (lib.split ''([.:?\"<>|\*\\\/])'' name));
    in
    [
      {
        assertion = invalid == [ ];
        message = ''
          `${path}` has invalid
          character(s) in its name: ${lib.concatStrings invalid}
        '';
      }
      {
        assertion = profile.sync.username == null || profile.sync.usernameFile == null;
        message = ''
          The `${path}.sync`
          `username` option is mutually exclusive with the `usernameFile` option.
        '';
      }
    ];

  renamedSync =
    from: to:
    lib.mkRenamedOptionModule
      [
        "programs"
        "anki"
        "sync"
        from
      ]
      [
        "programs"
        "anki"
        "profiles"
        "User 1"
        "sync"
        to
      ];
in
{
  title = "Anki, which teaches by cards";
  docs = "https://docs.ankiweb.net";
  nullable = false;
  installed = cfg.package.withAddons (
    [
      managedAddon
      syncAddon
    ]
    ++ cfg.addons
  );

  imports =
    map (name: renamedSync name name) [
      "username"
      "usernameFile"
      "keyFile"
      "url"
      "autoSync"
      "syncMedia"
      "autoSyncMediaMinutes"
      "networkTimeout"
    ]
    ++ [ (renamedSync "passwordFile" "keyFile") ];

  options = {
    language = option types.nonEmptyStr "en_US" "The language." // {
      example = "ja_JP";
    };
    videoDriver = choice [
      "opengl"
      "angle"
      "software"
      "metal"
      "vulkan"
      "d3d11"
    ] "How Anki draws.";
    theme = choice [
      "followSystem"
      "light"
      "dark"
    ] "The theme.";
    style = choice [
      "anki"
      "native"
    ] "The style of windows.";
    uiScale = optional (types.numbers.between 1.0 2.0) "The size of everything.";
    hideTopBar = flag "Whether the upper bar hides during reviews.";
    hideTopBarMode = choice [
      "fullscreen"
      "always"
    ] "When the upper bar hides.";
    hideBottomBar = flag "Whether the lower bar hides during reviews.";
    hideBottomBarMode = choice [
      "fullscreen"
      "always"
    ] "When the lower bar hides.";
    reduceMotion = flag "Whether there are fewer animations.";
    minimalistMode = flag "Whether there are fewer elements.";
    spacebarRatesCard = flag "Whether the space bar also answers cards.";
    legacyImportExport = flag "Whether the earlier dialogs import and export.";

    answerKeys =
      option (types.listOf (
        types.submodule {
          options = {
            ease = lib.mkOption {
              type = types.int;
              example = 3;
              description = "Number of the answer, from 1 (again) to 4 (easy).";
            };
            key = lib.mkOption {
              type = types.str;
              example = "3";
              description = "The key.";
            };
          };
        }
      )) [ ] "Keys of answers."
      // {
        example = [
          {
            ease = 1;
            key = "left";
          }
        ];
      };

    addons = option (types.listOf types.package) [ ] "Packages with add-ons." // {
      example = lib.literalExpression "[ pkgs.ankiAddons.anki-connect ]";
    };

    profiles = option (types.attrsOf profileType) { "User 1" = { }; } "Profiles by name.";
  };

  config = {
    assertions = [
      {
        assertion = lib.length (lib.attrNames defaultProfiles) <= 1;
        message = ''
          Only one profile in `programs.anki.profiles` can be marked as default.
        '';
      }
      {
        assertion = cfg.package ? withAddons;
        message = ''
          The value of `programs.anki.package` doesn't support declaratively managing
          add-ons. Make sure you are using `pkgs.anki`.
        '';
      }
    ]
    ++ lib.concatLists (lib.mapAttrsToList checkProfile cfg.profiles);

    home.file."${directory}/gldriver6" = lib.mkIf (cfg.videoDriver != null) {
      source = "${preferences}/gldriver6";
    };
    home.file."${directory}/prefs21.db".source = "${preferences}/prefs21.db";
  };
}
