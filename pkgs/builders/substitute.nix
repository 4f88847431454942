# Files with parts of their text replaced. The replacing is done while evaluating.
{ lib, self }:

let
  inherit (builtins)
    attrNames
    elemAt
    filter
    head
    isList
    length
    match
    readFile
    replaceStrings
    split
    ;
  inherit (lib) hasInfix warnIf;

  # Sources inside the store have a hash before their name.
  fileName =
    src:
    let
      base = baseNameOf (toString src);
      withoutHash = match "[0-9a-z]{32}-(.+)" (builtins.unsafeDiscardStringContext base);
    in
    if withoutHash == null then builtins.unsafeDiscardStringContext base else head withoutHash;

  place = "@[a-zA-Z_][0-9A-Za-z_'-]*@";

  # Replaces `@name@`. A null keeps its mark; a mark without a value is an error.
  replaceVarsIn =
    src: replacements:
    let
      text = readFile src;
      names = filter (name: replacements.${name} != null) (attrNames replacements);
      absent = filter (name: !(hasInfix "@${name}@" text)) (attrNames replacements);
      replaced = replaceStrings (map (name: "@${name}@") names) (
        map (name: "${toString replacements.${name}}") names
      ) text;
      kept = map (name: "@${name}@") (filter (name: replacements.${name} == null) (attrNames replacements));
      left = filter (mark: !(builtins.elem mark kept)) (
        map head (filter isList (split "(${place})" text))
      );
      unknown = filter (mark: !(builtins.elem mark (map (name: "@${name}@") names))) left;
    in
    if absent != [ ] then
      throw "replaceVars: ${fileName src} does not contain @${head absent}@"
    else if unknown != [ ] then
      throw "replaceVars: ${fileName src} contains ${head unknown}, for which no value is given"
    else
      replaced;

  # The arguments of nixpkgs' `substitute` program, one replacement after the other.
  applyArguments =
    src: text: arguments:
    if arguments == [ ] then
      text
    else
      let
        option = head arguments;
        rest = lib.drop 3 arguments;
        from = elemAt arguments 1;
        to = elemAt arguments 2;
        isVariable = option == "--subst-var-by";
        pattern = if isVariable then "@${from}@" else from;
        isFound = hasInfix pattern text;
        result = replaceStrings [ pattern ] [ to ] text;
      in
      if length arguments < 3 then
        throw "substitute: ${option} takes two values"
      else if option == "--replace-fail" && !isFound then
        throw "substitute: ${fileName src} does not contain ${builtins.toJSON pattern}"
      else if
        builtins.elem option [
          "--replace"
          "--replace-warn"
          "--replace-fail"
          "--replace-quiet"
          "--subst-var-by"
        ]
      then
        warnIf (
          !isFound && option == "--replace-warn"
        ) "substitute: ${fileName src} does not contain ${builtins.toJSON pattern}" (applyArguments src result rest)
      else
        throw "substitute: unknown option ${option}";
in
{
  replaceVars =
    src: replacements: self.writeText (fileName src) (replaceVarsIn src replacements);

  replaceVarsWith =
    {
      src,
      replacements,
      name ? fileName src,
      dir ? null,
      isExecutable ? false,
      meta ? { },
      passthru ? { },
      ...
    }:
    self.writeTextFile {
      inherit name meta passthru;
      text = replaceVarsIn src replacements;
      executable = isExecutable;
      destination = if dir == null then "" else "/${dir}/${name}";
    };

  substitute =
    {
      src,
      substitutions,
      name ? fileName src,
      isExecutable ? false,
      dir ? null,
      ...
    }:
    self.writeTextFile {
      inherit name;
      text = applyArguments src (readFile src) (map toString (lib.flatten substitutions));
      executable = isExecutable;
      destination = if dir == null then "" else "/${dir}/${name}";
    };
}
