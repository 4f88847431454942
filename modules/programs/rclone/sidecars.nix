# The services that mount and serve paths of remotes.
{
  cfg,
  config,
  exe,
  lib,
  pkgs,
}:

let
  inherit (lib) escapeShellArg optional;

  # Servers of these protocols say when they are ready.
  notifying = [
    "dlna"
    "http"
    "restic"
    "webdav"
  ];

  unitPart = lib.replaceStrings [ "/" " " "$" ] [ "." "_" "" ];

  facts =
    remote: isMount: path: given:
    let
      command = if isMount then given.mountType else "serve";
    in
    {
      inherit isMount command;
      sidecar =
        given
        // lib.optionalAttrs (command == "nfsmount") {
          # NFS needs handles that outlive the process.
          options = {
            nfs-cache-type = "disk";
          }
          // given.options;
        };
      remote = "${remote}:${path}";
      name = "rclone-${command}:${unitPart path}@${remote}";
      starts = if isMount then given.autoMount else given.autoStart;
    };

  all = lib.concatLists (
    lib.mapAttrsToList (
      remote: values:
      lib.concatMap
        (
          { isMount, sidecars }:
          lib.mapAttrsToList (facts remote isMount) (
            lib.filterAttrs (_path: sidecar: sidecar.enable) sidecars
          )
        )
        [
          {
            isMount = true;
            sidecars = values.mounts;
          }
          {
            isMount = false;
            sidecars = values.serve;
          }
        ]
    ) cfg.remotes
  );

  kindOf =
    { isMount, command, ... }:
    if !isMount then
      "protocol serving"
    else if command == "nfsmount" then
      "NFS mount daemon"
    else
      "FUSE daemon";

  service =
    {
      command,
      isMount,
      remote,
      sidecar,
      starts,
      ...
    }@facts:
    {
      Unit = {
        Description = "Rclone ${kindOf facts} for ${remote}";
        Requires = [ "rclone-config.service" ];
        After = [ "rclone-config.service" ];
      };

      Service = {
        Type = if !isMount && !lib.elem sidecar.protocol notifying then "simple" else "notify";
        Environment =
          # Where distributions have fusermount.
          optional isMount "PATH=/run/wrappers/bin:/run/current-system/sw/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
          ++ optional (sidecar.logLevel != null) "RCLONE_LOG_LEVEL=${sidecar.logLevel}";
        SuccessExitStatus = "143";

        ExecStartPre = lib.mkIf isMount "${lib.hm.options.tool pkgs "coreutils" "mkdir"} -p ${escapeShellArg sidecar.mountPoint}";
        ExecStart = lib.concatStringsSep " " (
          [ "${exe} ${command}" ]
          ++ optional (!isMount) (escapeShellArg sidecar.protocol)
          ++ [
            (lib.cli.toCommandLineShellGNU { } sidecar.options)
            (escapeShellArg remote)
          ]
          ++ optional isMount (escapeShellArg sidecar.mountPoint)
        );
        Restart = "on-failure";
      };

      Install.WantedBy = optional starts "default.target";
    };

  # launchd has no order of agents: this waits for the configuration.
  wrapper = pkgs.writeShellApplication {
    name = "rclone-sidecar-wrapper";
    runtimeInputs = optional (pkgs ? coreutils) pkgs.coreutils;
    text = ''
      configPath="${config.xdg.configHome}/rclone/rclone.conf"
      deadline=$(( $(date +%s) + 300 ))

      while [ ! -f "$configPath" ]; do
        if [ "$(date +%s)" -ge "$deadline" ]; then
          echo "Timeout waiting for $configPath" >&2
          exit 1
        fi
        sleep 1
      done

      if [ "''${1:-}" = "--mkdir" ]; then
        mkdir -p "$2"
        shift 2
      fi

      exec "$@"
    '';
  };

  agent =
    {
      command,
      isMount,
      name,
      remote,
      sidecar,
      starts,
    }:
    let
      log = "${config.home.homeDirectory}/Library/Logs/rclone/${name}";
    in
    {
      enable = true;
      config = {
        ProgramArguments = [
          (lib.getExe wrapper)
        ]
        ++ lib.optionals isMount [
          "--mkdir"
          sidecar.mountPoint
        ]
        ++ [
          exe
          command
        ]
        ++ lib.cli.toCommandLineGNU { } sidecar.options
        ++ (
          if isMount then
            [
              remote
              sidecar.mountPoint
            ]
          else
            [
              sidecar.protocol
              remote
            ]
        );
        RunAtLoad = starts;
        KeepAlive = {
          SuccessfulExit = false;
          Crashed = true;
        };
        StandardOutPath = "${log}.log";
        StandardErrorPath = "${log}.err.log";
        EnvironmentVariables =
          if sidecar.logLevel != null then { RCLONE_LOG_LEVEL = sidecar.logLevel; } else null;
      };
    };

  each = make: lib.listToAttrs (map (facts: lib.nameValuePair facts.name (make facts)) all);
in
{
  services = each service;
  agents = each agent;
}
