{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  valueText =
    value: if lib.isBool value then (if value then "1" else "0") else toString value;
in
{
  title = "pqiv, which shows pictures";
  docs = "https://github.com/phillipberndt/pqiv";
  linuxOnly = true;

  options = {
    settings = option (pkgs.formats.ini { }).type { } "Settings by section. See {manpage}`pqiv(1)`." // {
      example.options.lazy-load = true;
    };

    extraConfig = option types.lines "" "Further lines of {file}`$XDG_CONFIG_HOME/pqivrc`." // {
      example = ''
        [keybindings]
        t { montage_mode_enter() }
      '';
    };
  };

  config.xdg.configFile.pqivrc = lib.mkIf (cfg.settings != { } || cfg.extraConfig != "") {
    text = lib.concatLines [
      (lib.generators.toINI { mkKeyValue = name: value: "${name} = ${valueText value}"; } cfg.settings)
      cfg.extraConfig
    ];
  };
}
