# What is known of one option of a configuration, as data for `home-manager option`.
configuration: path:
let
  inherit (builtins)
    attrNames concatStringsSep elem filter foldl' head isAttrs length tail toJSON toString tryEval
    typeOf ;

  isOption = value: isAttrs value && value._type or null == "option";

  walk = set: rest:
    if rest == [ ] then { found = true; value = set; rest = [ ]; }
    else if isOption set then { found = true; value = set; inherit rest; }
    else if isAttrs set && set ? ${head rest} then walk set.${head rest} (tail rest)
    else { found = false; value = set; inherit rest; };

  result = walk configuration.options path;

  # A value as text; what fails or cannot be shown says so.
  show = depth: value:
    let
      forced = tryEval value;
      kind = typeOf forced.value;
    in
    if !forced.success then "«fails»"
    else if kind == "set" && forced.value.type or null == "derivation" then
      "«derivation ${forced.value.name or "?"}»"
    else if kind == "set" && (forced.value._type or null == "literalExpression" || forced.value._type or null == "literalMD") then
      forced.value.text
    else if kind == "set" then
      if forced.value == { } then "{ }"
      else if depth == 0 then "{ ... }"
      else "{ ${concatStringsSep " " (map (name: "${name} = ${show (depth - 1) forced.value.${name}};") (attrNames forced.value))} }"
    else if kind == "list" then
      if forced.value == [ ] then "[ ]"
      else if depth == 0 then "[ ... ]"
      else "[ ${concatStringsSep " " (map (show (depth - 1)) forced.value)} ]"
    else if kind == "lambda" then "«function»"
    else if kind == "path" then toString forced.value
    else toJSON forced.value;

  describe = option:
    { kind = "option"; name = concatStringsSep "." (option.loc or path); }
    // { type = option.type.description or option.type.name or "unspecified"; }
    // (if option ? description then { description = show 0 option.description; } else { })
    // (if option ? default then { default = show 2 (option.defaultText or option.default); } else { })
    // (if option ? example then { example = show 2 option.example; } else { })
    // { value = show 3 option.value; }
    // { declarations = map toString (option.declarations or [ ]); }
    // { definitions = map toString (option.files or [ ]); };

  inside = set: filter (name: name != "_module") (attrNames set);
in
if !result.found then
  { kind = "missing"; at = length path - length result.rest; names = if isAttrs result.value then inside result.value else [ ]; }
else if isOption result.value then describe result.value
else { kind = "set"; names = inside result.value; }
