# The core blocks, for when no engine does them: roots, profile, packages and links.

_hmHasNix() { type -P nix-store >/dev/null; }

# Makes LINK a root of a store path. Without Nix it is a plain link.
_hmAddRoot() {
  if _hmHasNix; then
    run --silence nix-store --realise "$1" --add-root "$2"
  else
    run mkdir -p "${2%/*}"
    run ln -sfn "$1" "$2"
  fi
}

_hmBegin() {
  if [[ $_hmDriver ]]; then return 0; fi
  if _hmHasNix; then
    _iVerbose "Sanity checking Nix"
    nix-build --quiet --expr '{}' --no-out-link
    nix-env -q >/dev/null 2>&1 || true
  fi
  if [[ ! -d ${genProfilePath%/*} ]]; then run mkdir -p "${genProfilePath%/*}"; fi
  if [[ $_hmMakeRoots ]]; then
    trap 'run rm -f $VERBOSE_ARG "$newGenGcPath"' EXIT
    _hmAddRoot "$newGenPath" "$newGenGcPath"
  fi
}

_hmEnd() {
  if [[ $_hmDriver || ! $_hmKeepRoots ]]; then return 0; fi
  _hmAddRoot "$newGenPath" "$currentGenGcPath"
  if [[ -e $legacyGenGcPath ]]; then run rm $VERBOSE_ARG "$legacyGenGcPath"; fi
}

_hmWriteBoundary() {
  if (( hmDriverVersion >= 1 )); then return 0; fi
  if [[ ${oldGenPath-} = "$newGenPath" ]]; then
    _i "No change so reusing latest profile generation"
    return 0
  fi
  _i "Creating new profile generation"
  if _hmHasNix; then
    run nix-env $VERBOSE_ARG --profile "$genProfilePath" --set "$newGenPath"
    return
  fi
  local link number=0
  for link in "$genProfilePath"-*-link; do
    link=${link#"$genProfilePath"-}
    link=${link%-link}
    if [[ $link =~ ^[0-9]+$ ]] && (( link > number )); then number=$link; fi
  done
  number=$(( number + 1 ))
  run ln -s "$newGenPath" "$genProfilePath-$number-link"
  run ln -sfn "${genProfilePath##*/}-$number-link" "$genProfilePath"
}

# _hmInstallPackages ENVIRONMENT PROFILE
_hmInstallPackages() {
  local environment=$1 profile=$2 installed
  if [[ -e $profile/manifest.json ]] && type -P nix >/dev/null; then
    nixProfileRemove home-manager-path
    run nix profile install "$environment" && installed=1
  elif type -P nix-env >/dev/null; then
    run nix-env -i "$environment" && installed=1
  else
    _i "Nix is not here, so packages are not installed in a profile; they are in %s" "$environment"
    installed=1
  fi
  if [[ ! ${installed-} ]]; then
    _iError $'Oops, Nix failed to install your new Home Manager profile!\n\nA package of the profile %s may be in the way.' "$profile"
    exit 1
  fi
}

# _hmCompare PATH TARGET: notes in changedFiles whether the file differs from the new one.
_hmCompare() {
  local old=$1 new=$newGenPath/home-files/$2
  changedFiles[$2]=1
  if [[ -d $old && -d $new ]]; then
    if diff -rq "$old" "$new" >/dev/null 2>&1; then changedFiles[$2]=0; fi
  elif [[ $old -ef $new ]] || cmp --quiet "$old" "$new" 2>/dev/null; then
    changedFiles[$2]=0
  fi
}

_hmIsOurs() { [[ $1 == "$_hmStoreDir"/*-home-manager-files/* ]]; }

_hmIsForced() {
  local forced
  for forced in "${_hmForced[@]}"; do
    if [[ $1 = "$forced" || $1 = "$forced"/* ]]; then return 0; fi
  done
  return 1
}

# All leaves of a tree of managed files, NUL-separated, relative.
_hmLeaves() { find "$1" \( -type f -o -type l \) -printf '%P\0'; }

_hmCheckLinkTargets() {
  local files leaf target collisions=() suffix=$HOME_MANAGER_BACKUP_EXT
  files=$(readlink -e "$newGenPath/home-files")
  while IFS= read -r -d '' leaf; do
    target=$HOME/$leaf
    [[ -e $target ]] || continue
    if [[ -L $target ]] && _hmIsOurs "$(readlink "$target")"; then continue; fi
    if _hmIsForced "$leaf"; then
      verboseEcho "Skipping collision check for $target"
    elif [[ ! -d $target ]] && cmp -s "$files/$leaf" "$target"; then
      _iWarn "Existing file '%s' is in the way of '%s', will be skipped since they are the same" "$target" "$files/$leaf"
    elif [[ -L $target ]]; then
      collisions+=("Existing file '$target' would be clobbered")
    elif [[ $HOME_MANAGER_BACKUP_COMMAND ]]; then
      :
    elif [[ ! $suffix ]]; then
      collisions+=("Existing file '$target' would be clobbered")
    elif [[ -e $target.$suffix && ! $HOME_MANAGER_BACKUP_OVERWRITE ]]; then
      collisions+=("Existing file '$target.$suffix' would be clobbered by backing up '$target'")
    fi
  done < <(_hmLeaves "$files")
  if (( ${#collisions[@]} > 0 )); then
    errorEcho "Please do one of the following, then activate again:
- move or remove the files below,
- have them backed up: 'home-manager switch -b backup', or the option home-manager.backupFileExtension,
- set 'force = true' for those that may be replaced.
" >&2
    for target in "${collisions[@]}"; do errorEcho "$target" >&2; done
    return 1
  fi
}

_hmCleanOldGeneration() {
  local new old leaf target
  if [[ ! -v oldGenPath || ! -e $oldGenPath/home-files ]]; then return 0; fi
  _i "Cleaning up orphan links from %s" "$HOME"
  new=$(readlink -e "$newGenPath/home-files")
  old=$(readlink -e "$oldGenPath/home-files")
  while IFS= read -r -d '' leaf; do
    target=$HOME/$leaf
    if [[ -e $new/$leaf && ! -d $new/$leaf ]]; then continue; fi
    if [[ -L $new/$leaf ]]; then continue; fi
    if ! _hmIsOurs "$(readlink "$target" 2>/dev/null)"; then
      if [[ -e $target ]]; then
        warnEcho "Path '$target' does not link into a Home Manager generation. Skipping delete."
      fi
      continue
    fi
    run rm $VERBOSE_ARG "$target"
    if [[ $leaf = */* ]]; then
      (cd "$HOME" && run rmdir $VERBOSE_ARG -p --ignore-fail-on-non-empty "${leaf%/*}")
    fi
  done < <(_hmLeaves "$old")
}

_hmLinkNewGeneration() {
  local files leaf target backup directory
  local -A directories=()
  _i "Creating home file links in %s" "$HOME"
  files=$(readlink -e "$newGenPath/home-files")
  while IFS= read -r -d '' leaf; do
    target=$HOME/$leaf
    if [[ -e $target && ! -L $target ]]; then
      if ! _hmIsForced "$leaf" && cmp -s "$files/$leaf" "$target" && [[ ! $HOME_MANAGER_BACKUP_EXT ]]; then
        verboseEcho "Skipping '$target' as it is identical to '$files/$leaf'"
        continue
      elif _hmIsForced "$leaf"; then
        run rm -rf $VERBOSE_ARG "$target"
      elif [[ $HOME_MANAGER_BACKUP_COMMAND ]]; then
        run $HOME_MANAGER_BACKUP_COMMAND "$target" || { errorEcho "Running '$HOME_MANAGER_BACKUP_COMMAND' on '$target' failed."; exit 1; }
      elif [[ $HOME_MANAGER_BACKUP_EXT ]]; then
        backup=$target.$HOME_MANAGER_BACKUP_EXT
        if [[ -e $backup && $HOME_MANAGER_BACKUP_OVERWRITE ]]; then run rm -rf $VERBOSE_ARG "$backup"; fi
        run mv -n $VERBOSE_ARG "$target" "$backup"
      fi
    fi
    directory=${target%/*}
    if [[ -z ${directories[$directory]-} ]]; then
      # A directory that was one link of ours becomes a real one.
      if [[ -L $directory ]] && _hmIsOurs "$(readlink "$directory")"; then run rm $VERBOSE_ARG "$directory"; fi
      [[ -d $directory ]] || run mkdir -p $VERBOSE_ARG "$directory"
      directories[$directory]=1
    fi
    run ln -Tsf $VERBOSE_ARG "$files/$leaf" "$target" || exit 1
  done < <(_hmLeaves "$files")
}
