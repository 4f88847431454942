# Passwords of password-store in rofi.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib.hm.options) option;

  cfg = config.programs.rofi.pass;
in
{
  options.programs.rofi.pass = {
    enable = lib.mkEnableOption "passwords of password-store in rofi";

    package = lib.hm.options.packageOption pkgs "rofi-pass" {
      nullable = true;
      example = "pkgs.rofi-pass-wayland";
    };

    stores = option (lib.types.listOf lib.types.str) [ ] "Directories of password-store.";

    extraConfig = option lib.types.lines "" "Lines of the configuration. See <https://github.com/carnager/rofi-pass/blob/master/config.example>." // {
      example = "URL_field='url'";
    };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.mkIf (cfg.package != null) [ cfg.package ];

    xdg.configFile."rofi-pass/config".text =
      lib.optionalString (cfg.stores != [ ]) "root=${lib.concatStringsSep ":" cfg.stores}\n"
      + lib.optionalString (cfg.extraConfig != "") "${cfg.extraConfig}\n";
  };
}
