{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  valueText = value: if lib.isBool value then lib.boolToString value else toString value;
in
{
  title = "zathura, a document viewer for the keyboard";
  docs = "https://pwmt.org/projects/zathura/documentation/";

  options = {
    options =
      option
        (types.attrsOf (
          types.oneOf [
            types.str
            types.bool
            types.int
            types.float
          ]
        ))
        { }
        "Options, which {manpage}`zathurarc(5)` lists."
      // {
        example.default-bg = "#000000";
      };

    mappings = option (types.attrsOf types.str) { } "Functions by the keys that call them." // {
      example."<Right>" = "navigate next";
    };

    extraConfig = option types.lines "" "Further lines of {file}`$XDG_CONFIG_HOME/zathura/zathurarc`.";
  };

  config.xdg.configFile."zathura/zathurarc".text =
    lib.concatStringsSep "\n" (
      lib.optional (cfg.extraConfig != "") cfg.extraConfig
      ++ lib.mapAttrsToList (name: value: "set ${name}\t\"${valueText value}\"") cfg.options
      ++ lib.mapAttrsToList (keys: function: "map ${keys}   ${function}") cfg.mappings
    )
    + "\n";
}
