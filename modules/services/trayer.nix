{
  bin,
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "trayer, a tray for X";
  docs = "https://github.com/sargon/trayer-srg";
  linuxOnly = true;

  options.settings = option (types.attrsOf (types.nullOr (types.either types.str (types.either types.bool types.int)))) { } "Options of {command}`trayer`, without the dashes." // {
    example = {
      edge = "top";
      padding = 6;
      SetDockType = true;
    };
  };

  unit = {
    Unit = {
      Description = "trayer -- lightweight GTK2+ systray for UNIX desktops";
      PartOf = [ "tray.target" ];
    };
    Service = {
      ExecStart = "${bin "trayer"} ${
        lib.concatStringsSep " " (
          lib.mapAttrsToList (
            name: value: "--${name} ${if lib.isBool value then lib.boolToString value else toString value}"
          ) cfg.settings
        )
      }";
      Restart = "on-failure";
    };
    Install.WantedBy = [ "tray.target" ];
  };
}
