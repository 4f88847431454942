# JSON as `jq .` prints it: two spaces for each level, and a line for each item.
{ lib }:

let
  inherit (builtins) concatStringsSep toJSON;
  inherit (import ./values.nix { inherit lib; }) kindOf;

  delete = builtins.fromJSON "\"\\u007f\"";

  # jq escapes one character more than others do.
  string = value: builtins.replaceStrings [ delete ] [ "\\u007f" ] (toJSON value);
in
{
  pairsOf,
}:
let
  enclose =
    indent: left: right: items:
    if items == [ ] then
      "${left}${right}"
    else
      "${left}\n${indent}  ${concatStringsSep ",\n${indent}  " items}\n${indent}${right}";

  render =
    indent: value:
    let
      kind = kindOf value;
      inner = render "${indent}  ";
    in
    if kind == "set" then
      enclose indent "{" "}" (
        map (pair: "${string pair.name}: ${inner pair.value}") (pairsOf value)
      )
    else if kind == "list" then
      enclose indent "[" "]" (map inner value)
    else
      string value;
in
value: render "" value + "\n"
