# The blocks of the activation script that are about files.
{
  lib,
  homeDirectory,

  # Gives the source of a file in the store.
  inStore,

  # The files that replace whatever is in their place.
  forced,

  # The files that have a hook.
  watched,
}:

let
  inherit (lib) concatMapStrings escapeShellArg;

  forcedArray =
    name: files: "${name}=(${lib.concatMapStringsSep " " (file: escapeShellArg file.target) files})\n";

  # Deciding what to do is one thing with doing it; both blocks read the same functions.
  placement = ''
    source ${./placement.bash}
    ${forcedArray "hmForced" forced}${forcedArray "hmForcedTrees" (builtins.filter (file: file.recursive) forced)}'';
in
{
  checkLinkTargets = placement + ''
    hmCheckLinks || exit 1
  '';

  linkGeneration = placement + ''
    _i "Creating home file links in %s" "$HOME"
    hmPlaceLinks || exit 1
  '';

  # Tells for each file with a hook whether it will be another one.
  checkFilesChanged =
    ''
      declare -A changedFiles
    ''
    + lib.optionalString (watched != [ ]) ''
      function _hmHasChanged() {
        if [[ $1 -ef $2 ]]; then
          return 1
        elif [[ -d $1 && -d $2 ]]; then
          ! diff -rq "$1" "$2" > /dev/null 2>&1
        else
          ! cmp -s "$1" "$2"
        fi
      }
    ''
    + concatMapStrings (file: ''
      _hmHasChanged ${escapeShellArg "${inStore file}"} ${escapeShellArg homeDirectory}/${escapeShellArg file.target} \
        && changedFiles[${escapeShellArg file.target}]=1 \
        || changedFiles[${escapeShellArg file.target}]=0
    '') watched
    + lib.optionalString (watched != [ ]) ''
      unset -f _hmHasChanged
    '';

  onFilesChange = concatMapStrings (file: ''
    if (( ''${changedFiles[${escapeShellArg file.target}]} == 1 )); then
      if [[ -v DRY_RUN || -v VERBOSE ]]; then
        echo "Running onChange hook for" ${escapeShellArg file.target}
      fi
      if [[ ! -v DRY_RUN ]]; then
        ${file.onChange}
      fi
    fi
  '') watched;
}
