# Directed acyclic graphs: attribute sets whose values carry a payload (`data`) and the
# names they must follow (`after`) and precede (`before`).
{ lib }:

let
  inherit (builtins)
    all
    attrValues
    elem
    isAttrs
    length
    ;

  between = before: after: data: { inherit data before after; };

  isEntry = value: value ? data && value ? after && value ? before;

  # The entries of a list, chained one behind the other under the names "TAG-0",
  # "TAG-1", ... The first follows all of `after`, the last precedes all of `before`.
  chain =
    tag: before: after: payloads:
    let
      last = length payloads - 1;
      nameOf = index: "${tag}-${toString index}";
    in
    builtins.listToAttrs (
      lib.imap0 (index: data: {
        name = nameOf index;
        value = between (if index == last then before else [ ]) (
          if index == 0 then after else [ (nameOf (index - 1)) ]
        ) data;
      }) payloads
    );
in
{
  inherit isEntry;

  empty = { };

  isDag = value: isAttrs value && all isEntry (attrValues value);

  # Orders the entries of a graph. The answer is
  #
  #   { result = [ { name; data; } ... ]; }
  #
  # or, if the graph has a cycle,
  #
  #   { cycle = [ { name; data; after; } ... ]; loops = [ ... ]; }
  topoSort =
    dag:
    let
      # For each name, the entries that want to come before it.
      wantedBy = builtins.groupBy (edge: edge.target) (
        lib.concatMap (
          name:
          map (target: { inherit name target; }) (lib.unique dag.${name}.before)
        ) (builtins.attrNames dag)
      );
      nodes = lib.mapAttrsToList (name: entry: {
        inherit name;
        inherit (entry) data;
        after = entry.after ++ map (edge: edge.name) (wantedBy.${name} or [ ]);
      }) dag;
      sorted = lib.toposort (a: b: elem a.name b.after) nodes;
    in
    if sorted ? result then
      { result = map (node: { inherit (node) name data; }) sorted.result; }
    else
      sorted;

  # Applies a function of name and payload to every entry.
  map = f: builtins.mapAttrs (name: entry: entry // { data = f name entry.data; });

  entryBetween = between;
  entryAnywhere = between [ ] [ ];
  entryAfter = between [ ];
  entryBefore = before: between before [ ];

  entriesBetween = chain;
  entriesAnywhere = tag: chain tag [ ] [ ];
  entriesAfter = tag: chain tag [ ];
  entriesBefore = tag: before: chain tag before [ ];
}
