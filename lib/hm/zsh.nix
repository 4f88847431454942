{ lib }:

let
  inherit (import ./shell.nix { inherit lib; }) formatShellArrayContent;

  toZshValue =
    value:
    if builtins.isBool value then
      lib.boolToString value
    else if builtins.isString value then
      ''"${lib.escape [ "\\" "\"" "`" ] value}"''
    else if builtins.isList value then
      "(${formatShellArrayContent (map toString value)})"
    else
      ''"${toString value}"'';

  define = name: value: "${name}=${toZshValue value}";
  export = name: value: "export ${define name value}";
in
{
  inherit toZshValue define export;

  defineAll = variables: lib.concatStringsSep "\n" (lib.mapAttrsToList define variables);

  exportAll =
    variables:
    {
      indent ? "",
    }:
    lib.concatStringsSep "\n${indent}" (
      lib.mapAttrsToList export (lib.filterAttrs (_name: value: value != null) variables)
    );
}
