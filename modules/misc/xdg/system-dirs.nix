{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.xdg.systemDirs;

  directories =
    kind: example:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit example;
      description = "Directories that come first in {env}`${variable kind}`.";
    };

  variable = kind: "XDG_${lib.toUpper kind}_DIRS";

  settings = lib.concatMapAttrs (
    kind: list:
    lib.optionalAttrs (list != [ ]) {
      ${variable kind} = "${lib.concatStringsSep ":" list}\${${variable kind}:+:\$${variable kind}}";
    }
  ) { inherit (cfg) config data; };
in
{
  options.xdg.systemDirs = {
    config = directories "config" [ "/etc/xdg" ];
    data = directories "data" [
      "/usr/share"
      "/usr/local/share"
    ];
  };

  config = lib.mkIf (cfg.config != [ ] || cfg.data != [ ]) {
    assertions = [
      (lib.hm.assertions.assertPlatform "xdg.systemDirs" pkgs lib.platforms.linux)
    ];

    home.sessionVariables = settings;
    systemd.user.sessionVariables = settings;
  };
}
