# The package with all files of a home. It is built with every change of a file, so that its
# builder starts as few programs as it can: what only depends on the targets is decided here.
{
  lib,
  pkgs,

  # What to do about a file whose place a recursive directory has taken.
  overlap,

  # The files, short targets first, each with `target`, `source`, `executable`, `recursive` and
  # `ignorelinks`. No target occurs twice.
  files,
}:

let
  inherit (lib) concatMapStrings escapeShellArg;

  inherit (import ./targets.nix { inherit lib; }) ancestors normalise;

  all = map (file: file // { place = normalise file.target; }) files;

  # The home itself can only be filled with the files of a directory, and never be a link.
  isWithin = file: file.place != null && (file.place != "." || file.recursive);

  inside = builtins.filter isWithin all;
  outside = builtins.filter (file: !isWithin file) all;

  taken = builtins.listToAttrs (
    map (file: {
      name = file.place;
      value = true;
    }) inside
  );

  isNested = file: builtins.any (ancestor: taken ? ${ancestor}) (ancestors file.place);

  # Places that have no other file above them: their directories can be made beforehand.
  simple = builtins.filter (file: !(isNested file)) inside;

  directories = builtins.attrNames (
    builtins.listToAttrs (
      builtins.filter (directory: directory.name != ".") (
        map (file: {
          name = dirOf file.place;
          value = null;
        }) simple
      )
    )
  );

  # Two targets may come to the same place.
  areDistinct = builtins.length inside == builtins.length (builtins.attrNames taken);

  # A link is what becomes of a file unless something special is asked for.
  isLink = file: file.executable == null && !file.recursive && !(isNested file) && areDistinct;

  links = lib.partition isLink inside;

  mode = file: if file.executable == null then "inherit" else if file.executable then "1" else "0";

  link = file: ''
    ln -s -- ${escapeShellArg "${file.source}"} ${escapeShellArg file.place}
  '';

  place = file: ''
    place ${
      lib.escapeShellArgs [
        "${file.source}"
        file.place
        (mode file)
        (lib.boolToString file.recursive)
        (lib.boolToString file.ignorelinks)
      ]
    }
  '';

  # Starting a program takes much longer than making a link. Where there are many, some are
  # made at the same time.
  shares = if builtins.length links.right > 12 then 4 else 1;

  share =
    number:
    lib.concatStrings (
      lib.imap0 (index: file: lib.optionalString (lib.mod index shares == number) (link file)) links.right
    );

  # The same for the package set that makes trees by steps (`pkgs/builders/steps.sh`).
  functions = builtins.readFile ./home-files.bash + ''
    # overlap ignore|error|override: what happens where the place of a file is taken. The other
    # functions are for files in the current directory.
    overlap() {
      overlap=$1
      cd "$out"
    }
  '';

  steps =
    "directory ''\noverlap ${overlap}\n"
    + concatMapStrings (file: "refuse ${escapeShellArg file.target}\n") outside
    + concatMapStrings (directory: "directory ${escapeShellArg directory}\n") directories
    + concatMapStrings (
      file: "symlink ${escapeShellArg "${file.source}"} ${escapeShellArg file.place}\n"
    ) links.right
    + concatMapStrings place links.wrong;
in
if pkgs.isHomeManagerEmbedded or false then
  pkgs.hostBuilders.stepsDerivation functions steps {
    name = "home-manager-files";
  }
else
  pkgs.runCommandLocal "home-manager-files" { } (
    ''
      mkdir -p "$out"
      cd "$out"
      overlap=${overlap}
      ${builtins.readFile ./home-files.bash}
    ''
    + concatMapStrings (file: "refuse ${escapeShellArg file.target}\n") outside
    + lib.optionalString (directories != [ ]) "mkdir -p -- ${lib.escapeShellArgs directories}\n"
    + (
      if shares == 1 then
        share 0
      else
        concatMapStrings (number: "{\n${share number}} & shares+=($!)\n") (lib.range 0 (shares - 1))
        + "joinShares\n"
    )
    + concatMapStrings place links.wrong
  )
