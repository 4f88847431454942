{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.services.plan9port;

  program = lib.hm.options.programPath' cfg.package "9";

  unit =
    description: command:
    lib.hm.services.loginUnit description { ExecStart = "${program} ${command}"; };
in
{
  options.services.plan9port = {
    package = lib.hm.options.packageOption pkgs "plan9port" { };
    fontsrv.enable = lib.mkEnableOption "the file system of Plan 9 with the fonts of the machine";
    plumber.enable = lib.mkEnableOption "the file system of Plan 9 for messages between programs";
  };

  config = lib.mkIf (cfg.fontsrv.enable || cfg.plumber.enable) {
    systemd.user.services = {
      fontsrv = lib.mkIf cfg.fontsrv.enable (
        unit "the Plan 9 file system access to host fonts" "fontsrv"
      );
      plumber = lib.mkIf cfg.plumber.enable (unit "file system for interprocess messaging" "plumber -f");
    };
  };
}
