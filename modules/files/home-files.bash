# Puts files into the tree that is the current directory. Written for bash 3, which macOS has.

refuse() {
  echo "Error installing file '$1' outside \$HOME" >&2
  exit 1
}

# Sees to it that the link at PATH, to SOURCE, can be run or cannot. If its source is otherwise,
# the link becomes a copy.
setMode() {
  local path=$1 source=$2 mode=$3 is=0 copy=$1.home-manager-copy
  if [[ -x $source ]]; then is=1; fi
  if [[ $mode = inherit || $mode = "$is" ]]; then return; fi
  cp -- "$source" "$copy"
  if [[ $mode = 1 ]]; then chmod a+x "./$copy"; else chmod a-x "./$copy"; fi
  mv -f -- "$copy" "$path"
}

# Links every file of the directory SOURCE at its place in the directory TARGET. What is there
# already stays.
linkTree() {
  local source=$1 target=$2 ignoreLinks=$3 links
  links=$(find "$source" -type l -print) || exit 1
  if [[ -z $links ]] && cp -RsT --no-preserve=mode -- "$source" "$target" 2>/dev/null; then
    return
  fi
  # There are links, or this is a cp that cannot make any, or something is there already.
  linkDirectory "$source" "$target" "$ignoreLinks"
}

linkDirectory() {
  local source=$1 target=$2 ignoreLinks=$3 entry name text fresh=()
  mkdir -p -- "$target"
  for entry in "$source"/*; do
    name=${entry##*/}
    if [[ -d $entry && ! ( -L $entry && $ignoreLinks = true ) ]]; then
      if [[ ! -e $target/$name && ! -L $target/$name ]] || [[ -d $target/$name && ! -L $target/$name ]]; then
        linkDirectory "$entry" "$target/$name" "$ignoreLinks"
      fi
    elif [[ -e $target/$name || -L $target/$name ]]; then
      :
    elif [[ -L $entry && $ignoreLinks != true ]]; then
      text=$(readlink -- "$entry")
      case $text in
        /*) ln -s -- "$text" "$target/$name" ;;
        *) relative+=("$entry" "$target/$name" "$text") ;;
      esac
    else
      fresh+=("$entry")
    fi
  done
  if [[ ${#fresh[@]} -gt 0 ]]; then ln -s -- "${fresh[@]}" "$target/"; fi
}

# Makes the relative links of a tree again, last, when all that they may lead to is there. One
# that would lead nowhere from its new place leads to the old one.
linkRelative() {
  local index
  for ((index = 0; index < ${#relative[@]}; index += 3)); do
    ln -s -- "${relative[index + 2]}" "${relative[index + 1]}"
    if [[ ! -e ${relative[index + 1]} && -e ${relative[index]} ]]; then
      rm -- "${relative[index + 1]}"
      ln -s -- "${relative[index]}" "${relative[index + 1]}"
    fi
  done
  relative=()
}

# Puts SOURCE at TARGET.
place() {
  local source=$1 target=$2 mode=$3 recursive=$4 ignoreLinks=$5 parent=$2 leaf
  # Within a link, it would land in its source.
  while [[ $parent = */* ]]; do
    parent=${parent%/*}
    if [[ -L $parent ]]; then refuse "$target"; fi
  done
  if [[ -e $target && ! -d $target ]] || [[ -L $target ]]; then
    echo "$target conflicts with recursively symlinked file" >&2
    case $overlap in
      ignore) return ;;
      error) exit 1 ;;
      override) rm -- "$target" ;;
    esac
  fi
  if [[ $target = */* && ! -d ${target%/*} ]]; then mkdir -p -- "${target%/*}"; fi
  if [[ ! -d $source ]]; then
    ln -s -- "$source" "$target"
    setMode "$target" "$source" "$mode"
  elif [[ $recursive != true ]]; then
    ln -s -- "$source" "$target"
  else
    mkdir -p -- "$target"
    linkTree "$source" "$target" "$ignoreLinks"
    linkRelative
    if [[ $mode != inherit ]]; then
      while IFS= read -r -d '' leaf; do
        if [[ -f $leaf ]]; then setMode "$leaf" "$leaf" "$mode"; fi
      done < <(find "./$target" \( -type f -o -type l \) -print0)
    fi
  fi
}

# Waits for what runs at the same time.
joinShares() {
  local share
  for share in "${shares[@]}"; do
    wait "$share" || exit 1
  done
}

shopt -s nullglob dotglob
relative=()
shares=()

