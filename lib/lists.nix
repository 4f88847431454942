{ lib }:

let
  inherit (builtins)
    attrNames
    attrValues
    concatLists
    concatMap
    elem
    elemAt
    filter
    genList
    groupBy
    head
    isList
    length
    partition
    sort
    tail
    ;
  inherit (lib.trivial) compare max min;

  foldl' =
    op: start: list:
    builtins.seq start (builtins.foldl' op start list);

  # Neither fold below forces the accumulator.
  foldr =
    op: end: list:
    let
      count = length list;
      from = index: if index == count then end else op (elemAt list index) (from (index + 1));
    in
    from 0;

  foldl =
    op: start: list:
    let
      upTo = index: if index < 0 then start else op (upTo (index - 1)) (elemAt list index);
    in
    upTo (length list - 1);

  sublist =
    start: count: list:
    let
      available = length list - start;
    in
    genList (index: elemAt list (start + index)) (
      if available <= 0 then 0 else min count available
    );

  take = sublist 0;
  drop = count: list: sublist count (length list) list;

  reverseList =
    list:
    let
      last = length list - 1;
    in
    genList (index: elemAt list (last - index)) (last + 1);

  findFirstIndex =
    predicate: default: list:
    let
      count = length list;
      # Steps through the list with a strict fold, so that a long list needs no deep stack:
      # negative while nothing is found.
      found = builtins.foldl' (
        state: value:
        if state >= 0 then
          state
        else if predicate value then
          -state - 1
        else
          state - 1
      ) (-1) list;
    in
    if count == 0 || found < 0 then default else found;

  # Walks from the first element to one that has nothing before it. The elements passed on
  # the way are `visited`, latest first; all others are `rest`.
  listDfs =
    stopOnCycles: before: list:
    let
      walk =
        current: visited: rest:
        let
          loops = filter (other: before other current) visited;
          split = partition (other: before other current) rest;
        in
        if stopOnCycles && loops != [ ] then
          {
            cycle = current;
            inherit loops visited rest;
          }
        else if split.right == [ ] then
          {
            minimal = current;
            inherit visited rest;
          }
        else
          walk (head split.right) ([ current ] ++ visited) (tail split.right ++ split.wrong);
    in
    walk (head list) [ ] (tail list);

  toposort =
    before: list:
    let
      go =
        sorted: remaining:
        if length remaining < 2 then
          { result = sorted ++ remaining; }
        else
          let
            found = listDfs true before remaining;
          in
          if found ? cycle then
            {
              cycle = reverseList ([ found.cycle ] ++ found.visited);
              inherit (found) loops;
            }
          else
            go (sorted ++ [ found.minimal ]) (found.visited ++ found.rest);
    in
    go [ ] list;

  compareLists =
    cmp: a: b:
    let
      shorter = min (length a) (length b);
      from =
        index:
        if index == shorter then
          compare (length a) (length b)
        else
          let
            order = cmp (elemAt a index) (elemAt b index);
          in
          if order == 0 then from (index + 1) else order;
    in
    from 0;

  hasPrefix = prefix: list: take (length prefix) list == prefix;

  unique = builtins.foldl' (seen: value: if elem value seen then seen else seen ++ [ value ]) [ ];

  flatten = value: if isList value then concatMap flatten value else [ value ];

  zipListsWith =
    f: first: second:
    genList (index: f (elemAt first index) (elemAt second index)) (
      min (length first) (length second)
    );
in
{
  inherit (builtins)
    all
    any
    concatLists
    concatMap
    elem
    elemAt
    filter
    genList
    groupBy
    head
    isList
    length
    map
    partition
    sort
    tail
    ;

  inherit
    compareLists
    drop
    findFirstIndex
    flatten
    foldl
    foldl'
    foldr
    hasPrefix
    listDfs
    reverseList
    sublist
    take
    toposort
    unique
    zipListsWith
    ;

  fold = foldr;
  singleton = value: [ value ];
  forEach = list: f: map f list;

  imap0 = f: list: genList (index: f index (elemAt list index)) (length list);
  imap1 = f: list: genList (index: f (index + 1) (elemAt list index)) (length list);
  ifilter0 =
    predicate: list:
    map (elemAt list) (
      filter (index: predicate index (elemAt list index)) (genList (index: index) (length list))
    );

  remove = value: filter (other: other != value);

  findSingle =
    predicate: default: multiple: list:
    let
      found = filter predicate list;
    in
    if found == [ ] then
      default
    else if length found == 1 then
      head found
    else
      multiple;

  findFirst =
    predicate: default: list:
    let
      index = findFirstIndex predicate null list;
    in
    if index == null then default else elemAt list index;

  count = predicate: builtins.foldl' (n: value: if predicate value then n + 1 else n) 0;

  optional = condition: value: if condition then [ value ] else [ ];
  optionals = condition: values: if condition then values else [ ];
  toList = value: if isList value then value else [ value ];

  range = first: last: if first > last then [ ] else genList (n: first + n) (last - first + 1);
  replicate = n: value: genList (_index: value) n;

  groupBy' =
    op: start: key: list:
    builtins.mapAttrs (_name: foldl op start) (groupBy key list);

  zipLists = zipListsWith (fst: snd: { inherit fst snd; });

  # Sorts by a key that is computed once for each element.
  sortOn =
    key: list:
    map (pair: pair.value) (
      sort (a: b: a.key < b.key) (
        map (value: {
          key = key value;
          inherit value;
        }) list
      )
    );

  # Sorts strings so that the numbers in them count as numbers: "a9" before "a10".
  naturalSort =
    list:
    let
      parts =
        text:
        map (part: if isList part then lib.strings.toInt (head part) else part) (
          builtins.split "(0|[1-9][0-9]*)" text
        );
      keyed = map (text: {
        key = parts text;
        inherit text;
      }) list;
    in
    map (entry: entry.text) (sort (a: b: compareLists compare a.key b.key < 0) keyed);

  takeEnd = n: list: drop (max 0 (length list - n)) list;
  dropEnd = n: list: take (max 0 (length list - n)) list;

  removePrefix =
    prefix: list:
    if hasPrefix prefix list then
      drop (length prefix) list
    else
      throw "lib.lists.removePrefix: First argument is not a list prefix of the second argument";

  commonPrefix =
    a: b:
    let
      differs = zipListsWith (x: y: x != y) a b;
    in
    take (findFirstIndex (x: x) (length differs) differs) a;

  last =
    list:
    assert lib.assertMsg (list != [ ]) "lists.last: list must not be empty!";
    elemAt list (length list - 1);

  init =
    list:
    assert lib.assertMsg (list != [ ]) "lists.init: list must not be empty!";
    take (length list - 1) list;

  crossLists = f: foldl (functions: arguments: concatMap (g: map g arguments) functions) [ f ];

  uniqueStrings = list: attrNames (groupBy (text: text) list);
  allUnique = list: length (unique list) == length list;
  intersectLists = wanted: filter (value: elem value wanted);
  subtractLists = unwanted: filter (value: !(elem value unwanted));
  mutuallyExclusive = a: b: !(builtins.any (value: elem value a) b);

  concatAttrValues = set: concatLists (attrValues set);

  replaceElemAt =
    list: index: value:
    assert lib.assertMsg (index >= 0 && index < length list)
      "'lists.replaceElemAt' called with index ${toString index} on a list of size ${toString (length list)}";
    genList (i: if i == index then value else elemAt list i) (length list);
}
