{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.programs.swaylock;

  line =
    name: value:
    if value == false then
      ""
    else if value == true then
      "${name}\n"
    else
      "${name}=${if lib.isPath value then "${value}" else toString value}\n";
in
{
  options.programs.swaylock = {
    enable = mkOption {
      type = types.bool;
      default = lib.versionOlder config.home.stateVersion "23.05" && cfg.settings != { };
      defaultText = lib.literalMD "`false`; with settings, `true` for state versions before 23.05";
      example = true;
      description = ''
        Whether swaylock is installed and set up. The system has to allow it to check passwords: in NixOS by
        `security.pam.services.swaylock = { };`.
      '';
    };

    package = lib.hm.options.packageOption pkgs "swaylock" { nullable = true; };

    settings = mkOption {
      type = types.attrsOf (
        types.oneOf [
          types.bool
          types.float
          types.int
          types.path
          types.str
        ]
      );
      default = { };
      example.show-failed-attempts = true;
      description = "Contents of {file}`$XDG_CONFIG_HOME/swaylock/config`.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [ (lib.hm.assertions.assertPlatform "programs.swaylock" pkgs lib.platforms.linux) ];

    home.packages = lib.optional (cfg.package != null) cfg.package;

    xdg.configFile."swaylock/config" = mkIf (cfg.settings != { }) {
      text = lib.concatStrings (lib.mapAttrsToList line cfg.settings);
    };
  };
}
