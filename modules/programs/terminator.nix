{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  valueText =
    value:
    if value == null then
      "None"
    else if lib.isBool value then
      (if value then "True" else "False")
    else
      ''"${toString value}"'';

  # Sections have as many brackets as they are deep.
  lines =
    depth: values:
    lib.concatLists (
      lib.mapAttrsToList (
        name: value:
        if lib.isAttrs value then
          [ (lib.strings.replicate depth "[" + name + lib.strings.replicate depth "]") ]
          ++ lines (depth + 1) value
        else
          [ "${name} = ${valueText value}" ]
      ) values
    );
in
{
  title = "Terminator, a terminal emulator";
  docs = "https://gnome-terminator.readthedocs.io/en/latest/";
  linuxOnly = true;

  options.config = option (types.attrsOf types.anything) { } "Settings. See {manpage}`terminator_config(5)`." // {
    example.profiles.default.background_color = "#002b36";
  };

  config.xdg.configFile."terminator/config" = lib.mkIf (cfg.config != { }) {
    text = lib.concatStringsSep "\n" (lines 1 cfg.config);
  };
}
