{
  cfg,
  exe,
  option,
  types,
  ...
}:

{
  title = "arRPC, which tells Discord what runs";
  docs = "https://github.com/OpenAsar/arrpc";
  linuxOnly = true;
  installed = null;

  options.systemdTarget = option types.str "graphical-session.target" "The target that starts it." // {
    example = "sway-session.target";
  };

  config.systemd.user.services.arRPC = {
    Unit = {
      Description = "Discord Rich Presence for browsers, and some custom clients";
      PartOf = [ "graphical-session.target" ];
    };
    Service = {
      ExecStart = exe;
      Restart = "always";
    };
    Install.WantedBy = [ cfg.systemdTarget ];
  };
}
