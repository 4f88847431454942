# Links the files of a generation into a home, where no engine does it.
#
# hmPlan looks at the home and decides on every step; hmCheckLinks and hmPlaceLinks report and do.
# All names of its own begin with `hm`.

# Sets LEAVES to the paths below DIRECTORY of all that is in it but directories.
function hmListLeaves() {
  local -n hmLeaves=$1
  local hmTop=$2 hmOptions
  hmOptions=$(shopt -p dotglob nullglob || true)
  shopt -s dotglob nullglob
  hmLeaves=()
  hmWalk "$hmTop"
  eval "$hmOptions"
}

function hmWalk() {
  local entry
  for entry in "$1"/*; do
    if [[ -d $entry && ! -L $entry ]]; then
      hmWalk "$entry"
    else
      hmLeaves+=("${entry#"$hmTop"/}")
    fi
  done
}

# Sets REPLY to the text of a link.
function hmReadLink() {
  if [[ ! -v hmLinkText["$1"] ]]; then
    hmLinkText["$1"]=$(readlink -- "$1")
  fi
  REPLY=${hmLinkText["$1"]}
}

# Reads all links among the paths at once.
function hmReadLinks() {
  local path index
  local -a links=() texts=()
  for path; do
    [[ ! -L $path ]] || links+=("$path")
  done
  (( ${#links[@]} > 0 )) || return 0
  mapfile -t texts < <(readlink -- "${links[@]}")
  # Texts with line ends in them are read one by one, later.
  (( ${#texts[@]} == ${#links[@]} )) || return 0
  for index in "${!links[@]}"; do
    hmLinkText["${links[index]}"]=${texts[index]}
  done
}

# Whether a text is that of a link into a generation.
function hmIsOurs() {
  [[ $1 == "$hmStore"/*-home-manager-files/* ]]
}

function hmIsOurLink() {
  [[ -L $1 ]] && hmReadLink "$1" && hmIsOurs "$REPLY"
}

# Whether something is at a path once what is planned so far has been done.
function hmIsThere() {
  [[ ! -v hmGone["$1"] ]] && [[ -e $1 || -L $1 ]]
}

function hmIsForced() {
  local target
  for target in "${hmForced[@]}"; do
    [[ $1 != "$target" ]] || return 0
  done
  for target in "${hmForcedTrees[@]}"; do
    [[ $1 != "$target"/* ]] || return 0
  done
  return 1
}

# Plans a step, one of: unlink PATH, rmdir PATH, remove PATH, backup PATH, command PATH.
function hmStep() {
  hmSteps+=("$1" "$2")
  hmGone["$2"]=1
}

# Tells the user of what is planned, when it is checked and not again when it is done.
function hmTell() {
  if [[ $hmTelling == 1 ]]; then
    "$@"
  fi
}

# Plans to get the user's own PATH out of the way, or notes a collision.
function hmClearAway() {
  local path=$1 backup
  if [[ -n ${HOME_MANAGER_BACKUP_COMMAND:-} ]]; then
    hmTell verboseEcho "'$path' is in the way: '$HOME_MANAGER_BACKUP_COMMAND' will take care of it"
    hmStep command "$path"
  elif [[ -n ${HOME_MANAGER_BACKUP_EXT:-} ]]; then
    backup=$path.$HOME_MANAGER_BACKUP_EXT
    if [[ ! -e $backup && ! -L $backup ]]; then
      hmTell warnEcho "Existing file '$path' is in the way, it will be moved to '$backup'"
    elif [[ -n ${HOME_MANAGER_BACKUP_OVERWRITE:-} ]]; then
      hmTell warnEcho "Existing file '$path' is in the way, it will replace the older backup '$backup'"
      hmStep remove "$backup"
    else
      hmCollisions+=("Existing file '$backup' would be clobbered by backing up '$path'")
      return 1
    fi
    if [[ -d $path && ! -L $path ]]; then
      hmPrune "$path"
    fi
    hmStep backup "$path"
  else
    hmCollisions+=("Existing file '$path' would be clobbered")
    return 1
  fi
}

# Plans the removal of our links below a directory, of directories that this empties, and of
# itself. Fails if something else is in it; then nothing is planned.
function hmEmptyDirectory() {
  local -a steps=()
  hmCollectLinks "$1" || return 1
  hmAddSteps "${steps[@]}" rmdir "$1"
}

# Plans the removal of our links below a directory that becomes a backup: they would lead nowhere
# one day.
function hmPrune() {
  local -a steps=()
  hmCollectLinks "$1" || true
  hmAddSteps "${steps[@]}"
}

function hmAddSteps() {
  while (( $# > 0 )); do
    hmStep "$1" "$2"
    shift 2
  done
}

# Adds to the array `steps` what removes our links below a directory. Whether nothing else is in it.
function hmCollectLinks() {
  local entry isEmptied=0
  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    if [[ ! -e $entry && ! -L $entry ]]; then
      # A pattern that matches nothing.
      continue
    elif hmIsOurLink "$entry"; then
      steps+=(unlink "$entry")
    elif [[ -d $entry && ! -L $entry ]] && hmCollectLinks "$entry"; then
      steps+=(rmdir "$entry")
    else
      isEmptied=1
    fi
  done
  return "$isEmptied"
}

# Sees to it that the directories above a leaf will be there.
function hmMakeParents() {
  local leaf=$1 path=$HOME rest=$1
  while [[ $rest == */* ]]; do
    path+=/${rest%%/*}
    rest=${rest#*/}
    if [[ -v hmUsable["$path"] ]]; then
      [[ ${hmUsable["$path"]} == 1 ]] || return 1
      continue
    fi
    hmUsable["$path"]=1
    if ! hmIsThere "$path"; then
      :
    elif hmIsOurLink "$path"; then
      # What was one link becomes a directory.
      hmStep unlink "$path"
    elif [[ ! -d $path ]] && ! hmClearAway "$path"; then
      hmUsable["$path"]=0
      return 1
    fi
  done
}

# Decides on one leaf of the new generation.
function hmPlanLeaf() {
  local leaf=$1 path=$HOME/$1 source=$hmNewFiles/$1
  hmMakeParents "$leaf" || return 0
  if hmIsBelowGone "$leaf" || ! hmIsThere "$path"; then
    hmLinks+=("$leaf")
  elif [[ -L $path ]] && hmReadLink "$path" && hmIsOurs "$REPLY"; then
    [[ $REPLY == "$source" ]] || hmLinks+=("$leaf")
  elif hmIsForced "$leaf"; then
    hmTell verboseEcho "Replacing '$path' as its file is forced"
    hmStep remove "$path"
    hmLinks+=("$leaf")
  elif [[ -f $path && -f $source ]] && cmp -s "$source" "$path"; then
    if [[ -L $path ]]; then
      hmLinks+=("$leaf")
    elif [[ -n ${HOME_MANAGER_BACKUP_COMMAND:-}${HOME_MANAGER_BACKUP_EXT:-} ]]; then
      ! hmClearAway "$path" || hmLinks+=("$leaf")
    else
      hmTell warnEcho "Existing file '$path' is in the way of '$source', will be skipped since they are the same"
    fi
  elif [[ -d $path && ! -L $path && -v hmOldDirectories["$leaf"] ]] && hmEmptyDirectory "$path"; then
    # Its files were linked one by one; now it is one link.
    hmLinks+=("$leaf")
  elif hmClearAway "$path"; then
    hmLinks+=("$leaf")
  fi
}

function hmIsBelowGone() {
  local path=$HOME/$1
  while [[ $path != "$HOME" ]]; do
    path=${path%/*}
    [[ ! -v hmGone["$path"] ]] || return 0
  done
  return 1
}

# Decides on what only the old generation has.
function hmPlanRemovals() {
  local leaf path
  for leaf in "${hmOldLeaves[@]}"; do
    path=$HOME/$leaf
    if [[ -v hmNewPlaces["$leaf"] ]] || hmIsBelowGone "$leaf" || ! hmIsThere "$path"; then
      continue
    elif hmIsBelowNewLeaf "$leaf"; then
      continue
    elif hmIsOurLink "$path"; then
      hmRemovals+=("$leaf")
    else
      warnEcho "Path '$path' does not link into a Home Manager generation. Skipping delete."
    fi
  done
}

function hmIsBelowNewLeaf() {
  local parent=$1
  while [[ $parent == */* ]]; do
    parent=${parent%/*}
    [[ ! -v hmNewLeaf["$parent"] ]] || return 0
  done
  return 1
}

# Notes the directories above a leaf in the array DIRECTORIES.
function hmNoteDirectories() {
  local -n hmDirectories=$1
  local parent=$2
  while [[ $parent == */* ]]; do
    parent=${parent%/*}
    [[ ! -v hmDirectories["$parent"] ]] || return 0
    hmDirectories["$parent"]=1
  done
}

function hmPlan() {
  local leaf
  hmNewFiles=$(cd -P -- "$newGenPath/home-files" && printf %s "$PWD")
  hmStore=${hmNewFiles%/*}
  declare -ga hmNewLeaves=() hmOldLeaves=() hmCollisions=() hmSteps=() hmLinks=() hmRemovals=()
  unset hmGone hmUsable hmLinkText hmOldDirectories hmNewPlaces hmNewLeaf
  declare -gA hmGone=() hmUsable=() hmLinkText=() hmOldDirectories=() hmNewPlaces=() hmNewLeaf=()

  hmListLeaves hmNewLeaves "$hmNewFiles"
  if [[ -v oldGenPath && -e $oldGenPath/home-files ]]; then
    hmListLeaves hmOldLeaves "$(cd -P -- "$oldGenPath/home-files" && printf %s "$PWD")"
  fi
  for leaf in "${hmNewLeaves[@]}"; do
    hmNewLeaf["$leaf"]=1
    hmNewPlaces["$leaf"]=1
    hmNoteDirectories hmNewPlaces "$leaf"
  done
  for leaf in "${hmOldLeaves[@]}"; do
    hmNoteDirectories hmOldDirectories "$leaf"
  done
  hmReadLinks "${hmNewLeaves[@]/#/$HOME/}" "${hmOldLeaves[@]/#/$HOME/}"

  for leaf in "${hmNewLeaves[@]}"; do
    hmPlanLeaf "$leaf"
  done
}

# Tells of everything that is in the way.
function hmCheckLinks() {
  local collision hmTelling=1
  hmPlan
  (( ${#hmCollisions[@]} > 0 )) || return 0
  errorEcho "Files of yours are in the place of managed ones. Nothing was changed. You can
- keep them under another name: 'home-manager switch -b backup', or in a NixOS or
  nix-darwin system set 'home-manager.backupFileExtension' or
  'home-manager.backupCommand';
- have a file replaced: set 'force = true' where it is configured, for example
  'xdg.configFile.\"mimeapps.list\".force = true'."
  for collision in "${hmCollisions[@]}"; do
    errorEcho "$collision"
  done
  return 1
}

# Does one step of those that make room.
function hmDoStep() {
  case $1 in
    unlink) run rm $VERBOSE_ARG -- "$2" ;;
    rmdir) run rmdir $VERBOSE_ARG -- "$2" ;;
    remove) run rm $VERBOSE_ARG -rf -- "$2" ;;
    backup) run mv $VERBOSE_ARG -- "$2" "$2.$HOME_MANAGER_BACKUP_EXT" ;;
    command)
      # The command may have arguments of its own.
      if ! run $HOME_MANAGER_BACKUP_COMMAND "$2"; then
        errorEcho "'$HOME_MANAGER_BACKUP_COMMAND' failed for '$2'."
        return 1
      elif [[ ! -v DRY_RUN && ( -e $2 || -L $2 ) ]]; then
        errorEcho "'$HOME_MANAGER_BACKUP_COMMAND' left '$2' in its place."
        return 1
      fi
      ;;
  esac
}

# Links the new generation, then removes what only the old one had.
function hmPlaceLinks() {
  local index leaf directory
  local -A batches=() missing=()
  local -a batch=() paths=()
  local hmTelling=0
  hmPlan
  if (( ${#hmCollisions[@]} > 0 )); then
    errorEcho "${hmCollisions[@]}"
    return 1
  fi
  hmPlanRemovals

  for ((index = 0; index < ${#hmSteps[@]}; index += 2)); do
    hmDoStep "${hmSteps[index]}" "${hmSteps[index + 1]}" || return 1
  done

  for index in "${!hmLinks[@]}"; do
    leaf=${hmLinks[index]}
    directory=$HOME
    [[ $leaf != */* ]] || directory+=/${leaf%/*}
    batches["$directory"]+="$index "
    [[ -d $directory ]] || missing["$directory"]=1
  done
  if (( ${#missing[@]} > 0 )); then
    run mkdir -p $VERBOSE_ARG -- "${!missing[@]}" || return 1
  fi
  for directory in "${!batches[@]}"; do
    batch=()
    for index in ${batches["$directory"]}; do
      batch+=("$hmNewFiles/${hmLinks[index]}")
    done
    # The dot has a directory that is a link followed.
    run ln -sfn $VERBOSE_ARG -- "${batch[@]}" "$directory/." || return 1
  done

  if [[ -v oldGenPath ]]; then
    _i "Cleaning up orphan links from %s" "$HOME"
  fi
  (( ${#hmRemovals[@]} > 0 )) || return 0
  paths=("${hmRemovals[@]/#/$HOME/}")
  run rm $VERBOSE_ARG -- "${paths[@]}" || return 1
  [[ ! -v DRY_RUN ]] || return 0
  for leaf in "${hmRemovals[@]}"; do
    while [[ $leaf == */* ]]; do
      leaf=${leaf%/*}
      directory=$HOME/$leaf
      [[ -d $directory && ! -L $directory ]] || break
      hmIsEmpty "$directory" || break
      run rmdir $VERBOSE_ARG -- "$directory"
    done
  done
}

function hmIsEmpty() {
  local entry
  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    [[ ! -e $entry && ! -L $entry ]] || return 1
  done
}
