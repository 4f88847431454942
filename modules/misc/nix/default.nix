# The user's configuration of Nix.
{
  config,
  lib,
  osConfig,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.nix;

  searchPath = lib.concatStringsSep ":" cfg.nixPath;

  definitions =
    if cfg.useXdg then
      "${config.xdg.stateHome}/nix/defexpr"
    else
      "${config.home.homeDirectory}/.nix-defexpr";

  # The number orders it among the other channels.
  channelDirectory = "${definitions}/50-home-manager";

  usesXdg =
    default: nix:
    if nix.enable or false then nix.settings.use-xdg-base-directories or default else default;

  file = import ./nix-conf.nix { inherit lib pkgs cfg; };

  referenceType =
    with types;
    attrsOf (oneOf [
      str
      int
      bool
      package
    ]);

  registryEntry = types.submodule (
    { config, name, ... }:
    {
      options = {
        from = mkOption {
          type = referenceType;
          example = {
            type = "indirect";
            id = "nixpkgs";
          };
          description = "The reference that is replaced.";
        };
        to = mkOption {
          type = referenceType;
          example = {
            type = "github";
            owner = "my-org";
            repo = "my-nixpkgs";
          };
          description = "What replaces it.";
        };
        flake = mkOption {
          type = types.nullOr types.attrs;
          default = null;
          example = lib.literalExpression "nixpkgs";
          description = "The same as an input of a flake.";
        };
        exact = mkOption {
          type = types.bool;
          default = true;
          description = "Whether references to branches and revisions are not replaced.";
        };
      };

      config = {
        from = lib.mkDefault {
          type = "indirect";
          id = name;
        };
        to = mkIf (config.flake != null) (
          {
            type = "path";
            path = config.flake.outPath;
          }
          // lib.getAttrs (builtins.filter (attribute: config.flake ? ${attribute}) [
            "lastModified"
            "narHash"
            "rev"
            "revCount"
          ]) config.flake
        );
      };
    }
  );

  switch =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
in
{
  imports = [ ./remote-build.nix ];

  options.nix = {
    enable = switch true "Whether the options `nix.*` have any effect." // {
      visible = false;
    };

    package = lib.hm.options.packageOption pkgs "nix" { nullable = true; } // {
      default = null;
      defaultText = lib.literalExpression "null";
    };

    nixPath = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "$HOME/.nix-defexpr/channels" ];
      description = "Where names in angular brackets are looked for, as {env}`NIX_PATH`.";
    };

    keepOldNixPath = switch true "Whether {option}`nix.nixPath` comes before {env}`NIX_PATH` as it was, or replaces it.";

    channels = mkOption {
      type = types.attrsOf types.package;
      default = { };
      example = lib.literalExpression "{ inherit nixpkgs; }";
      description = "Channels that are store paths, such as the inputs of a flake.";
    };

    registry = mkOption {
      type = types.attrsOf registryEntry;
      default = { };
      description = "The user's registry of flakes.";
    };

    registryVersion = mkOption {
      type = types.int;
      default = 2;
      internal = true;
      description = "The version of its format.";
    };

    checkConfig = switch true "Whether the home is only built if Nix understands {file}`nix.conf`.";

    assumeXdg = switch false ''
      Whether Nix uses XDG directories although nothing here says so: because it is configured
      elsewhere.
    '';

    useXdg = mkOption {
      type = types.bool;
      readOnly = true;
      visible = false;
      defaultText = lib.literalMD "whether the configuration of the home or the system says so";
      description = "Whether Nix uses XDG directories.";
    };

    extraOptions = mkOption {
      type = types.lines;
      default = "";
      example = "keep-outputs = true";
      description = "Lines at the end of {file}`nix.conf`.";
    };

    settings = mkOption {
      type = types.submodule { freeformType = file.type; };
      default = { };
      example = {
        sandbox = true;
        experimental-features = [
          "nix-command"
          "flakes"
        ];
      };
      description = "Settings of Nix, see {manpage}`nix.conf(5)`.";
    };
  };

  config = lib.mkMerge [
    {
      nix.useXdg = cfg.assumeXdg || usesXdg (usesXdg false (osConfig.nix or { })) cfg;

      assertions = [
        {
          assertion = !(cfg.assumeXdg && cfg.enable && cfg.settings ? use-xdg-base-directories);
          message = ''
            `nix.assumeXdg` should not be set if `nix.settings.use-xdg-base-directories` is.
          '';
        }
      ];
    }

    (mkIf cfg.enable {
      assertions = lib.optional file.isNeeded {
        assertion = cfg.package != null || pkgs.isHomeManagerEmbedded or false;
        message = ''
          A corresponding Nix package must be specified via `nix.package` for generating
          nix.conf.
        '';
      };

      home.sessionVariables = mkIf (cfg.nixPath != [ ]) {
        NIX_PATH = searchPath + lib.optionalString cfg.keepOldNixPath "\${NIX_PATH:+:$NIX_PATH}";
      };

      nix.nixPath = mkIf (cfg.channels != { }) [ channelDirectory ];

      home.file = mkIf (cfg.channels != { }) {
        ${channelDirectory}.source = pkgs.linkFarm "channels" (
          lib.mapAttrsToList (name: channel: {
            inherit name;
            path = toString channel;
          }) cfg.channels
        );
      };

      xdg.configFile = lib.mkMerge [
        (mkIf (cfg.registry != { }) {
          "nix/registry.json".source = (pkgs.formats.json { }).generate "registry.json" {
            version = cfg.registryVersion;
            flakes = map (entry: { inherit (entry) from to exact; }) (builtins.attrValues cfg.registry);
          };
        })
        (mkIf file.isNeeded { "nix/nix.conf".source = file.package; })
      ];
    })
  ];
}
