{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  atom = types.nullOr (
    types.oneOf [
      types.int
      types.bool
      types.str
      types.float
    ]
  );

  block = types.attrsOf (
    types.mkOptionType {
      name = "INI config atom";
      description = "INI atom (null, int, bool, string, or float)";
      inherit (atom) check merge;
    }
  );

  text =
    blocks:
    let
      sorted = lib.hm.dag.topoSort blocks;
    in
    lib.concatMapStringsSep "\n" (entry: lib.generators.toINI { } { ${entry.name} = entry.data; }) (
      sorted.result or (abort "Dependency cycle in i3blocks: ${builtins.toJSON sorted}")
    );
in
{
  title = "i3blocks, which makes the text of status bars";
  docs = "https://vivien.github.io/i3blocks/";
  linuxOnly = true;

  options.bars = lib.mkOption {
    type = types.attrsOf (lib.hm.types.dagOf block);
    example = lib.literalExpression ''
      {
        top = {
          title = { interval = "persist"; command = "xtitle -s"; };
          time = lib.hm.dag.entryAfter [ "title" ] { interval = "once"; command = "date"; };
        };
      }
    '';
    description = ''
      Bars by name: blocks, whose order can be given by `lib.hm.dag`. They are written to
      {file}`$XDG_CONFIG_HOME/i3blocks/NAME`. See <https://vivien.github.io/i3blocks/>.
    '';
  };

  config.xdg.configFile = lib.hm.files.inDirectory "i3blocks" "" (_name: bar: { text = text bar; }) cfg.bars;
}
