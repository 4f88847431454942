{
  cfg,
  lib,
  option,
  options,
  pkgs,
  types,
  ...
}:

let
  atom = types.either types.str (types.either types.int (types.either types.bool types.float));
  settings = types.attrsOf (types.either atom (types.listOf atom));

  plain = value: if lib.isBool value then lib.hm.booleans.yesNo value else toString value;

  # A value with its length in front, so that mpv takes every character of it as it is.
  measured =
    value:
    let
      text = plain value;
    in
    "%${toString (lib.stringLength text)}%${text}";

  keyValueOf = mkValueString: {
    mkKeyValue = lib.generators.mkKeyValueDefault { inherit mkValueString; } "=";
    listsAsDuplicateKeys = true;
  };

  configLines = lib.generators.toKeyValue (keyValueOf measured);

  wrapped = cfg.scripts != [ ] || cfg.extraMakeWrapperArgs != [ ];

  unless = empty: value: make: lib.optionalString (value != empty) (make value);
in
{
  title = "mpv, a media player";
  docs = "https://mpv.io/manual/stable/";
  packageOption.example = "pkgs.mpv-unwrapped.wrapper { mpv = pkgs.mpv-unwrapped.override { vapoursynthSupport = true; }; youtubeSupport = true; }";
  installed = cfg.finalPackage;

  options = {
    finalPackage = lib.mkOption {
      type = types.nullOr types.package;
      readOnly = true;
      visible = false;
      description = "The package with its scripts.";
    };

    scripts = option (types.listOf types.package) [ ] "Packages of scripts that mpv loads." // {
      example = lib.literalExpression "[ pkgs.mpvScripts.mpris ]";
    };

    extraMakeWrapperArgs =
      option (types.listOf types.str) [ ] "Further arguments of `makeWrapper`, which wraps mpv."
      // {
        example = lib.literalExpression ''[ "--prefix" "LD_LIBRARY_PATH" ":" (lib.makeLibraryPath [ pkgs.libbluray ]) ]'';
      };

    scriptOpts =
      option (types.attrsOf settings) { } ''
        Options of scripts, by the name of the script. They are written to
        {file}`$XDG_CONFIG_HOME/mpv/script-opts/NAME.conf`.
      ''
      // {
        example.osc = {
          vidscale = false;
          visibility = "always";
        };
      };

    config =
      option settings { } ''
        Options in {file}`$XDG_CONFIG_HOME/mpv/mpv.conf`. See <https://mpv.io/manual/stable/#options>.
      ''
      // {
        example = {
          profile = "gpu-hq";
          force-window = true;
          cache-default = 4000000;
        };
      };

    includes = option (types.listOf types.str) [ ] "Files that {file}`mpv.conf` includes at its end." // {
      example = [ "~~/conditional.inc" ];
    };

    profiles =
      option (types.attrsOf settings) { } ''
        Profiles in {file}`$XDG_CONFIG_HOME/mpv/mpv.conf`. See <https://mpv.io/manual/stable/#profiles>.
      ''
      // {
        example.fast.vo = "vdpau";
      };

    defaultProfiles = option (types.listOf types.str) [ ] "Profiles that are applied at the start, in this order." // {
      example = [ "gpu-hq" ];
    };

    bindings =
      option (types.attrsOf types.str) { } ''
        Key bindings in {file}`$XDG_CONFIG_HOME/mpv/input.conf`. See
        <https://mpv.io/manual/stable/#input-conf-syntax>.
      ''
      // {
        example."Alt+0" = "set window-scale 0.5";
      };

    extraInput = option types.lines "" "Further lines of {file}`$XDG_CONFIG_HOME/mpv/input.conf`." // {
      example = ''
        esc quit #! Quit
      '';
    };
  };

  config = {
    programs.mpv.finalPackage =
      if wrapped then
        (lib.hm.options.neededPackage pkgs "mpv").override { inherit (cfg) scripts extraMakeWrapperArgs; }
      else
        cfg.package;

    assertions = [
      {
        assertion = wrapped -> cfg.package == options.programs.mpv.package.default;
        message = ''The programs.mpv "package" option is mutually exclusive with "scripts", "extraMakeWrapperArgs" options.'';
      }
    ];

    xdg.configFile = {
      "mpv/mpv.conf" = lib.mkMerge [
        (lib.mkIf (cfg.config != { } || cfg.profiles != { }) {
          text = ''
            ${unless [ ] cfg.defaultProfiles (
              profiles: configLines { profile = lib.concatStringsSep "," profiles; }
            )}
            ${unless { } cfg.config configLines}
            ${unless { } cfg.profiles (lib.generators.toINI (keyValueOf measured))}
          '';
        })
        (lib.mkIf (cfg.includes != [ ]) {
          text = lib.mkAfter (lib.concatMapStringsSep "\n" (file: "include=${file}") cfg.includes);
        })
      ];

      "mpv/input.conf" = lib.mkIf (cfg.bindings != { } || cfg.extraInput != "") {
        text = lib.mkMerge [
          (lib.mkIf (cfg.bindings != { }) (
            lib.concatStringsSep "\n" (lib.mapAttrsToList (key: command: "${key} ${command}") cfg.bindings)
          ))
          (lib.mkIf (cfg.extraInput != "") cfg.extraInput)
        ];
      };
    }
    // lib.hm.files.inDirectory "mpv/script-opts" ".conf" (_name: values: {
      text = lib.generators.toKeyValue (keyValueOf plain) values;
    }) cfg.scriptOpts;
  };
}
