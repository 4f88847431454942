# The places that targets stand for.
{ lib }:

let
  # The components of a target without `.` and `..`, or null if it leaves the home.
  components =
    target:
    let
      step =
        found: part:
        if found == null || part == "" || part == "." then
          found
        else if part != ".." then
          found ++ [ part ]
        else if found == [ ] then
          null
        else
          lib.init found;
    in
    builtins.foldl' step [ ] (lib.splitString "/" target);

  # Most targets are as they should be.
  isPlain =
    target:
    !(
      lib.hasInfix "//" "/${target}/"
      || lib.hasInfix "/./" "/${target}/"
      || lib.hasInfix "/../" "/${target}/"
    );
in
{
  # The place of a target, `.` for the home itself, or null if the target leaves the home.
  normalise =
    target:
    let
      parts = components target;
    in
    if isPlain target then
      target
    else if parts == null then
      null
    else if parts == [ ] then
      "."
    else
      lib.concatStringsSep "/" parts;

  # The directories above a place, the nearest first.
  ancestors =
    place:
    let
      above =
        place:
        let
          parent = dirOf place;
        in
        if parent == "." then [ ] else [ parent ] ++ above parent;
    in
    above place;
}
