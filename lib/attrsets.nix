{ lib }:

let
  inherit (builtins)
    attrNames
    attrValues
    catAttrs
    concatMap
    elemAt
    filter
    foldl'
    groupBy
    head
    isAttrs
    length
    listToAttrs
    mapAttrs
    partition
    removeAttrs
    zipAttrsWith
    ;
  inherit (lib.lists) foldl foldr take;
  inherit (lib.strings) concatMapStringsSep concatStringsSep;

  nameValuePair = name: value: { inherit name value; };

  attrByPath =
    path: default: set:
    let
      depth = length path;
      from =
        index: value:
        if index == depth then
          value
        else
          let
            name = elemAt path index;
          in
          if value ? ${name} then from (index + 1) value.${name} else default;
    in
    from 0 set;

  hasAttrByPath =
    path: set:
    let
      depth = length path;
      from =
        index: value:
        index == depth
        || (
          let
            name = elemAt path index;
          in
          value ? ${name} && from (index + 1) value.${name}
        );
    in
    from 0 set;

  showAttrPath =
    path:
    if path == [ ] then
      "<root attribute path>"
    else
      concatMapStringsSep "." lib.strings.escapeNixIdentifier path;

  mapAttrsToList = f: set: attrValues (mapAttrs f set);

  genAttrs = names: f: genAttrs' names (name: nameValuePair name (f name));
  genAttrs' = values: f: listToAttrs (map f values);

  filterAttrs =
    predicate: set: removeAttrs set (filter (name: !predicate name set.${name}) (attrNames set));

  filterAttrsRecursive =
    predicate: set:
    mapAttrs (_name: value: if isAttrs value then filterAttrsRecursive predicate value else value) (
      filterAttrs predicate set
    );

  recursiveUpdateUntil =
    stop: old: new:
    let
      merge =
        path:
        zipAttrsWith (
          name: values:
          let
            here = path ++ [ name ];
          in
          if length values == 1 || stop here (elemAt values 0) (elemAt values 1) then
            elemAt values (length values - 1)
          else
            merge here values
        );
    in
    merge [ ] [ old new ];

  # Merges `new` into `old`, at every depth where both have a set.
  recursiveUpdate =
    old: new:
    old
    // mapAttrs (
      name: value:
      if old ? ${name} && isAttrs value && isAttrs old.${name} then
        recursiveUpdate old.${name} value
      else
        value
    ) new;

  mapAttrsRecursiveCond =
    descend: f:
    let
      within =
        path:
        mapAttrs (
          name: value:
          let
            here = path ++ [ name ];
          in
          if isAttrs value && descend value then within here value else f here value
        );
    in
    within [ ];

  mapAttrsToListRecursiveCond =
    descend: f:
    let
      within =
        path: set:
        concatMap (
          name:
          let
            here = path ++ [ name ];
            value = set.${name};
          in
          if isAttrs value && descend here value then within here value else [ (f here value) ]
        ) (attrNames set);
    in
    within [ ];

  collect =
    predicate: value:
    if predicate value then
      [ value ]
    else if isAttrs value then
      concatMap (collect predicate) (attrValues value)
    else
      [ ];

  cartesianProduct =
    lists:
    foldl' (
      products: name:
      concatMap (product: map (value: product // { ${name} = value; }) lists.${name}) products
    ) [ { } ] (attrNames lists);

  # Applies updates `{ path; update; }`, deepest first, in one pass over the value.
  updateManyAttrsByPath =
    let
      apply =
        depth: exists: value: updates:
        let
          parts = partition (change: length change.path == depth) updates;
          below = groupBy (change: elemAt change.path depth) parts.wrong;
          here = parts.right;

          descend =
            set:
            mapAttrs (
              name: changes: apply (depth + 1) (set ? ${name}) (set.${name} or null) changes
            ) below;

          base =
            if parts.wrong != [ ] then
              if !exists then
                descend { }
              else if isAttrs value then
                value // descend value
              else
                let
                  path = (head parts.wrong).path;
                in
                throw "updateManyAttrsByPath: Path '${showAttrPath path}' needs to be updated, but path '${showAttrPath (take depth path)}' of the given value is not an attribute set, so we can't update an attribute inside of it."
            else if exists then
              value
            else
              throw "updateManyAttrsByPath: Path '${showAttrPath (head here).path}' does not exist in the given value, but the first update to this path tries to access the existing value.";
        in
        foldl (result: change: change.update result) base here;
    in
    updates: value: apply 0 true value updates;

  getOutput =
    output: package:
    if package.outputSpecified or false then package else package.${output} or package.out or package;

  getFirstOutput =
    outputs: package:
    let
      present = filter (name: package ? ${name}) outputs;
    in
    if package.outputSpecified or false || present == [ ] then package else package.${head present};

  getDev = getOutput "dev";

  toDerivation =
    path:
    let
      outPath = builtins.storePath path;
      result = {
        type = "derivation";
        # A store path's base name begins with a hash of 32 characters and a dash.
        name = lib.strings.sanitizeDerivationName (builtins.substring 33 (-1) (baseNameOf outPath));
        inherit outPath;
        outputs = [ "out" ];
        out = result;
        outputName = "out";
      };
    in
    result;

  matchAttrs =
    pattern: set:
    assert isAttrs pattern;
    builtins.all (
      name:
      set ? ${name}
      && (
        let
          wanted = pattern.${name};
          value = set.${name};
        in
        if isAttrs wanted then isAttrs value && matchAttrs wanted value else wanted == value
      )
    ) (attrNames pattern);
in
{
  inherit (builtins)
    attrNames
    attrValues
    catAttrs
    getAttr
    hasAttr
    intersectAttrs
    isAttrs
    listToAttrs
    mapAttrs
    removeAttrs
    zipAttrsWith
    ;

  inherit
    attrByPath
    cartesianProduct
    collect
    filterAttrs
    filterAttrsRecursive
    genAttrs
    genAttrs'
    getDev
    getFirstOutput
    getOutput
    hasAttrByPath
    mapAttrsRecursiveCond
    mapAttrsToList
    mapAttrsToListRecursiveCond
    matchAttrs
    nameValuePair
    recursiveUpdate
    recursiveUpdateUntil
    showAttrPath
    toDerivation
    updateManyAttrsByPath
    ;

  # The longest beginning of a path that exists in a value.
  longestValidPathPrefix =
    path: value:
    let
      depth = length path;
      from =
        index: inner:
        if index < depth && inner ? ${elemAt path index} then
          from (index + 1) inner.${elemAt path index}
        else
          take index path;
    in
    from 0 value;

  setAttrByPath =
    path: value:
    let
      depth = length path;
      from = index: if index == depth then value else { ${elemAt path index} = from (index + 1); };
    in
    from 0;

  getAttrFromPath =
    path: attrByPath path (abort "cannot find attribute '${concatStringsSep "." path}'");

  attrVals = names: set: map (name: set.${name}) names;
  getAttrs = names: set: genAttrs names (name: set.${name});

  concatMapAttrs = f: set: foldl' (result: more: result // more) { } (mapAttrsToList f set);

  foldlAttrs =
    f: start: set:
    lib.lists.foldl' (result: name: f result name set.${name}) start (attrNames set);

  # Folds the values that several sets have under the same name, from the right.
  foldAttrs =
    op: end: sets:
    zipAttrsWith (_name: foldr op end) sets;

  mapCartesianProduct = f: lists: map f (cartesianProduct lists);
  mapAttrs' = f: set: listToAttrs (mapAttrsToList f set);
  attrsToList = mapAttrsToList nameValuePair;
  mapAttrsRecursive = mapAttrsRecursiveCond (_set: true);
  mapAttrsToListRecursive = mapAttrsToListRecursiveCond (_path: _set: true);

  isDerivation = value: value.type or null == "derivation";

  optionalAttrs = condition: set: if condition then set else { };

  zipAttrsWithNames =
    names: f: sets:
    genAttrs names (name: f name (catAttrs name sets));

  zipAttrs = zipAttrsWith (_name: values: values);

  # Halving the list keeps the number of copied attributes at n log n.
  mergeAttrsList =
    sets:
    let
      merge =
        start: end:
        if end - start == 1 then
          elemAt sets start
        else
          let
            middle = (start + end) / 2;
          in
          merge start middle // merge middle end;
    in
    if sets == [ ] then { } else merge 0 (length sets);

  overrideExisting = old: new: mapAttrs (name: value: new.${name} or value) old;

  getBin = getOutput "bin";
  getLib = getOutput "lib";
  getMan = getOutput "man";
  getStatic = getFirstOutput [ "static" "lib" "out" ];
  getInclude = getFirstOutput [ "include" "dev" "out" ];
  chooseDevOutputs = map getDev;

  recurseIntoAttrs = set: set // { recurseForDerivations = true; };
  dontRecurseIntoAttrs = set: set // { recurseForDerivations = false; };

  # The union of two sets; a name that both have throws once its value is needed.
  unionOfDisjoint =
    a: b:
    let
      shared = builtins.intersectAttrs a b;
      names = concatStringsSep " " (attrNames shared);
    in
    a
    // b
    // mapAttrs (
      name: _value: throw "unionOfDisjoint: collision on ${name}; complete list: ${names}"
    ) shared;
}
