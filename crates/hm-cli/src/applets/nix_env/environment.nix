# The user environment of `nix-env`: the trees of the installed packages joined. The derivation has to be
# just this one, so that all versions of Nix make the same environment of the same packages.
{
  # The path of the manifest.
  manifest,
  # The packages in it, their paths as strings. The manifest refers to them, so it alone is the input.
  elements,
}:
let
  inherit (builtins) length map storePath;
in
derivation {
  name = "user-environment";
  system = "builtin";
  builder = "builtin:buildenv";
  manifest = storePath manifest;
  derivations = map (
    element:
    [
      (element.meta.active or "true")
      (element.meta.priority or 5)
      (length element.outputs)
    ]
    ++ map (output: element.${output}.outPath) element.outputs
  ) elements;
  preferLocalBuild = true;
  allowSubstitutes = false;
}
