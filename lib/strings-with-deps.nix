# Pieces of text that name the pieces they follow, as activation scripts do.
{ lib }:

let
  # The texts of the given entries (or names of predefined ones), each after those it
  # depends on and none twice by name.
  textClosureList =
    predefined: entries:
    let
      visit =
        state: entry:
        if builtins.isAttrs entry then
          let
            before = builtins.foldl' visit state entry.deps;
          in
          before // { result = before.result ++ [ entry.text ]; }
        else if state.done ? ${entry} then
          state
        else
          visit (state // { done = state.done // { ${entry} = true; }; }) predefined.${entry};
    in
    (builtins.foldl' visit {
      done = { };
      result = [ ];
    } entries).result;
in
{
  inherit textClosureList;

  textClosureMap =
    f: predefined: names:
    lib.strings.concatMapStringsSep "\n" f (textClosureList predefined names);

  noDepEntry = text: {
    inherit text;
    deps = [ ];
  };
  fullDepEntry = text: deps: { inherit text deps; };
  packEntry = deps: {
    inherit deps;
    text = "";
  };
  stringAfter = deps: text: { inherit text deps; };
}
