{
  bin,
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "Conky, which shows the state of the machine";
  docs = "https://conky.cc";
  linuxOnly = true;

  options.extraConfig = option types.lines "" "The configuration, in place of {file}`~/.conkyrc`.";

  unit = {
    Unit = {
      Description = "Conky - Lightweight system monitor";
      After = [ "graphical-session.target" ];
    };
    Service = {
      Restart = "always";
      RestartSec = "3";
      ExecStart = toString (
        [ (bin "conky") ]
        ++ lib.optional (cfg.extraConfig != "") "--config ${pkgs.writeText "conky.conf" cfg.extraConfig}"
      );
    };
    Install.WantedBy = [ "graphical-session.target" ];
  };
}
