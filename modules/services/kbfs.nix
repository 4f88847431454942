{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  mountPoint = ''"%h/${cfg.mountPoint}"'';
in
{
  title = "the file system of Keybase";
  linuxOnly = true;

  options = {
    mountPoint = option types.str "keybase" "Where it is mounted, below the home directory.";
    extraFlags = option (types.listOf types.str) [ ] "Arguments of {command}`kbfsfuse`." // {
      example = [ "-label kbfs" ];
    };
  };

  config.services.keybase.enable = true;

  unit = {
    Unit = {
      Description = "Keybase File System";
      Requires = [ "keybase.service" ];
      After = [ "keybase.service" ];
    };
    Service = {
      Environment = [
        "PATH=/run/wrappers/bin"
        "KEYBASE_SYSTEMD=1"
      ];
      ExecStartPre = "${lib.hm.options.binPath (pkgs.coreutils or null) "mkdir"} -p ${mountPoint}";
      ExecStart = "${lib.hm.options.programPath' cfg.package "kbfsfuse"} ${toString cfg.extraFlags} ${mountPoint}";
      ExecStopPost = "/run/wrappers/bin/fusermount -u ${mountPoint}";
      Restart = "on-failure";
    };
    Install.WantedBy = [ "default.target" ];
  };
}
