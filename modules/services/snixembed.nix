{
  cfg,
  config,
  exe,
  lib,
  option,
  types,
  ...
}:

{
  title = "snixembed, a proxy for icons in the tray of X";
  docs = "https://git.sr.ht/~steef/snixembed";
  linuxOnly = true;
  installed = null;

  options.beforeUnits = option (types.listOf types.str) [ ] "Units that start after it." // {
    example = [ "safeeyes.service" ];
  };

  config.warnings = lib.optional config.programs.waybar.enable ''
    snixembed and waybar should not be enabled at the same time.
    You may experience inconsistent tray behavior as a result.
  '';

  unit = {
    Unit = {
      Description = "snixembed";
      PartOf = [ "graphical-session.target" ];
      StartLimitIntervalSec = 100;
      StartLimitBurst = 10;
      Before = cfg.beforeUnits;
    };
    Service = {
      ExecStart = exe;
      Restart = "on-failure";
      RestartSec = 3;
    };
    Install.WantedBy = [ "graphical-session.target" ];
  };
}
