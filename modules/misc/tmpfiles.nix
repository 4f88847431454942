{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.systemd.user.tmpfiles;

  isEmbedded = pkgs.isHomeManagerEmbedded or false;

  # The units that apply the rules are systemd's own.
  unit =
    name:
    if isEmbedded then
      config.lib.file.mkOutOfStoreSymlink "/usr/lib/systemd/user/${name}"
    else
      "${pkgs.systemd}/example/systemd/user/${name}";

  systemdTmpfiles =
    if isEmbedded then "systemd-tmpfiles" else "${pkgs.systemd}/bin/systemd-tmpfiles";
in
{
  options.systemd.user.tmpfiles.rules = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    default = [ ];
    example = [ "L %h/Documents - - - - /mnt/data/Documents" ];
    description = "Files to make and to clean up, as {manpage}`tmpfiles.d(5)` has them.";
  };

  config = lib.mkIf (cfg.rules != [ ]) {
    assertions = [
      (lib.hm.assertions.assertPlatform "systemd.user.tmpfiles" pkgs lib.platforms.linux)
    ];

    xdg.configFile = {
      "user-tmpfiles.d/home-manager.conf" = {
        text = ''
          # This file is created automatically and should not be modified.
          # Please change the option ‘systemd.user.tmpfiles.rules’ instead.
          ${lib.concatStringsSep "\n" cfg.rules}
        '';
        onChange = ''
          run ${systemdTmpfiles} --user --remove --create ''${DRY_RUN:+--dry-run}
        '';
      };
      "systemd/user/basic.target.wants/systemd-tmpfiles-setup.service".source =
        unit "systemd-tmpfiles-setup.service";
      "systemd/user/systemd-tmpfiles-setup.service".source = unit "systemd-tmpfiles-setup.service";
      "systemd/user/timers.target.wants/systemd-tmpfiles-clean.timer".source =
        unit "systemd-tmpfiles-clean.timer";
      "systemd/user/systemd-tmpfiles-clean.service".source = unit "systemd-tmpfiles-clean.service";
    };
  };
}
