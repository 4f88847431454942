{
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "bemenu, a menu for Wayland, X and the terminal";
  docs = "https://github.com/Cloudef/bemenu";
  linuxOnly = true;

  options.settings = option (types.attrsOf (
    types.oneOf [
      types.str
      types.number
      types.bool
    ]
  )) { } "Arguments of bemenu, in {env}`BEMENU_OPTS`. See {manpage}`bemenu(1)`." // {
    example = {
      line-height = 28;
      prompt = "open";
      ignorecase = true;
    };
  };

  config.home.sessionVariables = lib.mkIf (cfg.settings != { }) {
    BEMENU_OPTS = lib.cli.toCommandLineShell (name: {
      option = if lib.stringLength name > 1 then "--${name}" else "-${name}";
      sep = null;
      explicitBool = false;
    }) cfg.settings;
  };
}
