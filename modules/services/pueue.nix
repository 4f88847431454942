{
  bin,
  cfg,
  config,
  lib,
  option,
  pkgs,
  ...
}:

let
  yaml = pkgs.formats.yaml { };

  directory =
    if pkgs.stdenv.hostPlatform.isDarwin then "Library/Application Support" else config.xdg.configHome;

  # Without this section, the program refuses the file.
  file = yaml.generate "pueue.yaml" ({ shared = { }; } // cfg.settings);

  hasUnit = cfg.package != null || pkgs.isHomeManagerEmbedded or false;
in
{
  title = "Pueue, which runs commands one after another";
  docs = "https://github.com/Nukesor/pueue/wiki/Configuration";

  options.settings = option yaml.type { } "Contents of {file}`pueue.yml`. See <https://github.com/Nukesor/pueue/wiki/Configuration>." // {
    example.daemon.default_parallel_tasks = 2;
  };

  config = {
    home.file."${directory}/pueue/pueue.yml".source = file;

    systemd.user.services.pueued = lib.mkIf hasUnit (
      lib.hm.services.loginUnit "Pueue Daemon - CLI process scheduler and manager" {
        Restart = "on-failure";
        ExecStart = "${bin "pueued"} -v -c ${file}";
      }
    );

    launchd.agents.pueued = lib.mkIf hasUnit {
      enable = true;
      config = {
        ProgramArguments = [
          (bin "pueued")
          "-v"
          "-c"
          "${file}"
        ];
        KeepAlive = {
          Crashed = true;
          SuccessfulExit = false;
        };
        ProcessType = "Background";
        RunAtLoad = true;
      };
    };
  };
}
