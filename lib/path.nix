# Path values, and relative paths ("subpaths") as strings.
{ lib }:

let
  inherit (builtins)
    elemAt
    filter
    isPath
    isString
    length
    match
    split
    substring
    typeOf
    ;
  inherit (lib) assertMsg;
  inherit (lib.lists) drop take;

  invalidReason =
    value:
    if !isString value then
      "The given value is of type ${typeOf value}, but a string was expected"
    else if value == "" then
      "The given string is empty"
    else if substring 0 1 value == "/" then
      "The given string \"${value}\" starts with a `/`, representing an absolute path"
    else if match "(.*/)?\\.\\.(/.*)?" value != null then
      "The given string \"${value}\" contains a `..` component, which is not allowed in subpaths"
    else
      null;

  isValid = value: invalidReason value == null;

  requireValid =
    function: value:
    assert assertMsg (isValid value)
      "lib.path.${function}: Argument is not a valid subpath string:\n    ${invalidReason value}";
    value;

  components =
    subpath: filter (part: isString part && part != "" && part != ".") (split "/" subpath);

  join = parts: if parts == [ ] then "./." else "./${builtins.concatStringsSep "/" parts}";

  deconstruct =
    let
      go =
        parts: path:
        if path == dirOf path then
          {
            root = path;
            inherit parts;
          }
        else
          go ([ (baseNameOf path) ] ++ parts) (dirOf path);
    in
    go [ ];

  requirePath =
    function: what: value:
    assert assertMsg (isPath value)
      "lib.path.${function}: ${what} is of type ${typeOf value}, but a path was expected";
    value;

  # Calls `f` with the components of two paths that lie under the same root.
  withBoth =
    function: f: first:
    let
      a = deconstruct (requirePath function "First argument" first);
    in
    second:
    let
      b = deconstruct (requirePath function "Second argument" second);
    in
    assert assertMsg (a.root == b.root)
      "lib.path.${function}: Filesystem roots must be the same for both paths, but paths with different roots were given: \"${toString first}\" and \"${toString second}\"";
    f a.parts b.parts;

  isPrefix = prefix: parts: take (length prefix) parts == prefix;

  storeParts = components ("." + builtins.storeDir);
in
{
  append =
    path: subpath:
    assert assertMsg (isPath path)
      "lib.path.append: The first argument is of type ${typeOf path}, but a path was expected";
    assert assertMsg (isValid subpath)
      "lib.path.append: Second argument is not a valid subpath string:\n    ${invalidReason subpath}";
    path + ("/" + subpath);

  hasPrefix = withBoth "hasPrefix" isPrefix;

  removePrefix =
    first: second:
    withBoth "removePrefix" (
      prefix: parts:
      if isPrefix prefix parts then
        join (drop (length prefix) parts)
      else
        throw "lib.path.removePrefix: The first path argument \"${toString first}\" is not a component-wise prefix of the second path argument \"${toString second}\"."
    ) first second;

  splitRoot =
    path:
    let
      split = deconstruct (requirePath "splitRoot" "Argument" path);
    in
    {
      inherit (split) root;
      subpath = join split.parts;
    };

  # Whether a path is that of a store object, or lies inside one.
  hasStorePathPrefix =
    path:
    let
      inherit (deconstruct (requirePath "hasStorePathPrefix" "Argument" path)) parts;
      depth = length storeParts;
    in
    (
      length parts > depth
      && isPrefix storeParts parts
      && match ".{32}-.+" (elemAt parts depth) != null
    )
    # The placeholder of an output that has no path yet.
    || (parts != [ ] && match "[0-9a-z]{52}" (builtins.head parts) != null);

  subpath = {
    inherit isValid;
    join = subpaths: join (builtins.concatMap (part: components (requireValid "subpath.join" part)) subpaths);
    components = subpath: components (requireValid "subpath.components" subpath);
    normalise = subpath: join (components (requireValid "subpath.normalise" subpath));
  };
}
