{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  valueText =
    value: if lib.isBool value then (if value then "True" else "False") else toString value;

  line =
    prefix: name: value:
    if lib.isAttrs value then
      lib.concatStringsSep "\n" (lib.mapAttrsToList (line "${prefix}${name}.") value)
    else
      lib.optionalString (value != "") "${prefix}${name}: ${valueText value}";
in
{
  title = "matplotlib, which plots with Python";
  docs = "https://matplotlib.org/stable/users/explain/customizing.html";
  package = null;

  options = {
    config = option (types.attrsOf types.anything) { } "Settings. See <https://matplotlib.org/stable/users/explain/customizing.html>." // {
      example = {
        backend = "Qt5Agg";
        axes.grid = true;
      };
    };
    extraConfig = option types.lines "" "Further lines of {file}`$XDG_CONFIG_HOME/matplotlib/matplotlibrc`.";
  };

  config.xdg.configFile."matplotlib/matplotlibrc".text = lib.concatLines (
    lib.mapAttrsToList (line "") cfg.config ++ lib.optional (cfg.extraConfig != "") cfg.extraConfig
  );
}
