{
  cfg,
  config,
  lib,
  option,
  types,
  ...
}:

let
  program = cfg.package.meta.mainProgram or "awww";
in
{
  title = "awww, which shows pictures behind the windows";
  docs = "https://codeberg.org/LGFae/awww";
  linuxOnly = true;

  imports =
    map (name: lib.mkRenamedOptionModule [ "services" "swww" name ] [ "services" "awww" name ])
      [
        "enable"
        "package"
        "extraArgs"
      ];

  options.extraArgs = option (types.listOf types.str) [ ] "Arguments of {command}`awww-daemon`." // {
    example = [
      "--no-cache"
      "--layer"
      "bottom"
    ];
  };

  unit =
    lib.recursiveUpdate
      (lib.hm.services.unitOf config.wayland.systemd.target "awww-daemon" {
        ExecStart = lib.escapeShellArgs (
          [ (lib.hm.options.programPath' cfg.package "${program}-daemon") ] ++ cfg.extraArgs
        );
        Environment = lib.optional (
          cfg.package != null
        ) "PATH=$PATH:${lib.makeBinPath [ cfg.package ]}";
        Restart = "always";
        RestartSec = 10;
      })
      {
        Unit.ConditionEnvironment = "WAYLAND_DISPLAY";
      };
}
