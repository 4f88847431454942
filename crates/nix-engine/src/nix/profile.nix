# A generation of a user's profile, as `nix profile` makes them: the packages' trees joined, and
# `manifest.json`, which says what was installed.
{
  system,
  manifest,
  # Each with `priority` and `paths`.
  elements,
}:
let
  inherit (builtins) concatMap head length storePath toString;

  # What the builder of environments reads: active, priority, number of outputs, outputs.
  entries = concatMap (
    element:
    [
      "true"
      (toString element.priority)
      (toString (length element.paths))
    ]
    ++ map storePath element.paths
  ) elements;

  paths = concatMap (element: element.paths) elements;

  # One tree alone need not be merged with anything.
  tree =
    if length paths == 1 then
      storePath (head paths)
    else
      derivation {
        name = "profile-tree";
        builder = "builtin:buildenv";
        system = "builtin";
        derivations = entries;
        manifest = builtins.toFile "manifest" "";
        preferLocalBuild = true;
        allowSubstitutes = false;
      };
in
derivation {
  name = "profile";
  builder = "/bin/sh";
  inherit system manifest tree;
  # By this, the program makes the same itself.
  homeManagerBuilder = "tree";
  steps = "directory ''\nwrite manifest manifest.json\nentries ${tree}\n";
  preferLocalBuild = true;
  allowSubstitutes = false;
  args = [
    "-ec"
    ''
      PATH=/run/current-system/sw/bin:/nix/var/nix/profiles/default/bin:/usr/local/bin:/usr/bin:/bin
      mkdir "$out"
      printf %s "$manifest" > "$out/manifest.json"
      for entry in "$tree"/*; do
        case ''${entry##*/} in
          '*' | manifest.*) ;;
          *) ln -s "$entry" "$out/''${entry##*/}" ;;
        esac
      done
    ''
  ];
}
