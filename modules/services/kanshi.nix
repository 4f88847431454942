{
  cfg,
  config,
  bin,
  lib,
  option,
  types,
  ...
}:

let
  inherit (lib) mkIf mkOption;

  maybe =
    type: example: description:
    option (types.nullOr type) null description // lib.optionalAttrs (example != null) { inherit example; };

  output = types.submodule {
    options = {
      criteria = mkOption {
        type = types.str;
        example = "eDP-1";
        description = "The output: its name, a description of the display, or `*`.";
      };
      status = maybe (types.enum [
        "enable"
        "disable"
      ]) null "Whether the output is used.";
      mode = maybe types.str "1920x1080@60Hz" "Width, height and rate.";
      position = maybe types.str "1600,0" "Where the output is among the others.";
      scale = maybe types.float 2.0 "How much larger everything is.";
      transform = maybe (types.enum [
        "normal"
        "90"
        "180"
        "270"
        "flipped"
        "flipped-90"
        "flipped-180"
        "flipped-270"
      ]) null "How the output is turned.";
      alias = maybe types.str "laptopMonitor" "A name for the output, outside of profiles.";
      adaptiveSync = maybe types.bool true "Whether the rate follows the picture.";
    };
  };

  profile = types.submodule {
    options = {
      outputs = option (types.listOf output) [ ] "The outputs that have to be there, with their settings.";
      name = option types.str "" "The name of the profile.";
      exec = option (types.coercedTo types.str lib.singleton (types.listOf types.str)) [ ] "Commands after the profile is applied." // {
        example = "[ \${pkg.sway}/bin/swaymsg workspace 1, move workspace to eDP-1 ]";
      };
    };
  };

  optional = keyword: value: lib.optionalString (value != null) " ${keyword}${value}";

  outputText =
    given:
    ''output "${given.criteria}"''
    + optional "" given.status
    + optional "mode " given.mode
    + optional "position " given.position
    + optional "scale " (lib.mapNullable toString given.scale)
    + optional "transform " given.transform
    + optional "adaptive_sync " (
      lib.mapNullable (isOn: if isOn then "on" else "off") given.adaptiveSync
    )
    + optional "alias $" given.alias;

  profileText = given: ''
    profile ${given.name or ""} {
      ${
        lib.concatStringsSep "\n  " (
          map outputText given.outputs ++ map (command: "exec ${command}") given.exec
        )
      }
    }
  '';

  directiveText =
    given:
    if given ? profile then
      profileText given.profile
    else if given ? output then
      outputText given.output
    else
      ''include "${given.include}"'';

  isOld = cfg.profiles != { } || cfg.extraConfig != "";

  text =
    if isOld then
      ''
        ${lib.concatStringsSep "\n" (
          lib.mapAttrsToList (name: given: profileText (given // { inherit name; })) cfg.profiles
        )}
        ${cfg.extraConfig}
      ''
    else
      lib.concatMapStringsSep "\n" directiveText cfg.settings;

  hasAlias = given: given ? profile && lib.any (output: output.alias or null != null) given.profile.outputs;
in
{
  title = "kanshi, which sets up displays by those that are there";
  docs = "https://gitlab.freedesktop.org/emersion/kanshi";
  linuxOnly = true;

  options = {
    profiles = option (types.attrsOf profile) { } "Profiles by name, in no order. Use {option}`services.kanshi.settings`." // {
      example.undocked.outputs = [ { criteria = "eDP-1"; } ];
    };
    extraConfig = option types.lines "" "Lines of the configuration. Use {option}`services.kanshi.settings`.";
    settings =
      option (types.listOf (
        types.attrTag {
          profile = mkOption {
            type = profile;
            description = "A profile.";
          };
          output = mkOption {
            type = output;
            description = "Settings of an output in all profiles.";
          };
          include = mkOption {
            type = types.str;
            description = "A file, or a pattern of files, that is read too.";
          };
        }
      )) [ ] "Contents of {file}`$XDG_CONFIG_HOME/kanshi/config`, in order. See {manpage}`kanshi(5)`."
      // {
        example = [
          {
            profile.outputs = [
              {
                criteria = "eDP-1";
                scale = 2.0;
              }
            ];
          }
        ];
      };
    systemdTarget = option types.str config.wayland.systemd.target "The target that starts it." // {
      defaultText = lib.literalExpression "config.wayland.systemd.target";
    };
  };

  config = {
    assertions = [
      {
        assertion = !isOld || cfg.settings == [ ];
        message = "Cannot mix kanshi.settings with kanshi.profiles or kanshi.extraConfig";
      }
      {
        assertion = !lib.any hasAlias cfg.settings;
        message = "Output kanshi.*.output.alias can only be defined on global scope";
      }
    ];

    warnings =
      lib.optional (
        cfg.profiles != { }
      ) "kanshi.profiles option is deprecated. Use kanshi.settings instead."
      ++ lib.optional (
        cfg.extraConfig != ""
      ) "kanshi.extraConfig option is deprecated. Use kanshi.settings instead.";

    xdg.configFile."kanshi/config" = mkIf (text != "") { inherit text; };
  };

  unit = {
    Unit = {
      Description = "Dynamic output configuration";
      Documentation = "man:kanshi(1)";
      ConditionEnvironment = "WAYLAND_DISPLAY";
      PartOf = cfg.systemdTarget;
      Requires = cfg.systemdTarget;
      After = cfg.systemdTarget;
      X-Reload-Triggers = mkIf (cfg.settings != [ ]) [
        "${config.xdg.configFile."kanshi/config".source}"
      ];
    };
    Service = {
      Type = "simple";
      ExecStart = bin "kanshi";
      ExecReload = "${lib.hm.options.programPath' cfg.package "kanshictl"} reload";
      Restart = "always";
    };
    Install.WantedBy = [ cfg.systemdTarget ];
  };
}
