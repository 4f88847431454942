# How far two strings are apart, for suggestions in messages.
{ lib }:

let
  inherit (builtins)
    elemAt
    foldl'
    genList
    stringLength
    substring
    ;
  inherit (lib.trivial) min;

  # The number of insertions, deletions and substitutions that turn `a` into `b`. Only one
  # row of the table of distances between prefixes is kept.
  levenshtein =
    a: b:
    let
      width = stringLength b;
      firstRow = genList (column: column) (width + 1);

      nextRow =
        row: line:
        let
          character = substring line 1 a;
        in
        foldl' (
          built: column:
          let
            substitution =
              elemAt row (column - 1) + (if character == substring (column - 1) 1 b then 0 else 1);
            cheapest = min substitution (
              min (elemAt row column + 1) (elemAt built (column - 1) + 1)
            );
          in
          built ++ [ cheapest ]
        ) [ (line + 1) ] (genList (column: column + 1) width);
    in
    elemAt (foldl' nextRow firstRow (genList (line: line) (stringLength a))) width;

  commonLength =
    at: a: b:
    let
      shorter = min (stringLength a) (stringLength b);
      from = index: if index < shorter && at index a == at index b then from (index + 1) else index;
    in
    from 0;
in
{
  inherit levenshtein;

  levenshteinAtMost =
    limit: a: b:
    let
      gap = stringLength a - stringLength b;
    in
    (if gap < 0 then -gap else gap) <= limit && levenshtein a b <= limit;

  commonPrefixLength = commonLength (index: string: substring index 1 string);
  commonSuffixLength = commonLength (index: string: substring (stringLength string - index - 1) 1 string);
}
