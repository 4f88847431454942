# Builds the tree of managed files in $out. Starts few processes: a home has many files.

mkdir -p "$out"
# The store may lie behind a link.
realOut=$(cd "$out" && pwd -P)

# Whether `cp` can make trees of links.
hasGnuCp=
if cp --version >/dev/null 2>&1; then hasGnuCp=1; fi

# Targets that were asked for, and directories that are there.
declare -A seen=() directories=([$realOut]=1)

fail() {
  echo "$1" >&2
  exit 1
}

# The path with `.`, `..` and empty parts taken out, in $normal.
normalise() {
  local part parts=() IFS=/
  set -f
  for part in $1; do
    case $part in
      '' | .) ;;
      ..) [[ ${#parts[@]} -eq 0 ]] || unset 'parts[-1]' ;;
      *) parts+=("$part") ;;
    esac
  done
  set +f
  normal="/${parts[*]}"
}

directory() {
  if [[ -z ${directories[$1]-} ]]; then
    mkdir -p "$1"
    directories[$1]=1
  fi
}

# Links SOURCE at TARGET.
link() {
  ln -s "$1" "$2"
}

# Gives TARGET a mode, if it is a file and has another one.
setMode() {
  local target=$1 executable=$2 isExecutable=
  [[ -f $target ]] || return 0
  [[ ! -x $target ]] || isExecutable=1
  if [[ $executable = inherit || $executable = "$isExecutable" ]]; then return 0; fi
  cp "$target" "$target.home-manager-copy"
  if [[ $executable ]]; then
    chmod 755 "$target.home-manager-copy"
  else
    chmod 644 "$target.home-manager-copy"
  fi
  mv -f "$target.home-manager-copy" "$target"
}

insertFile() {
  local source=$1 target=$2 executable=$3 isExecutable=
  [[ ! -x $source ]] || isExecutable=1
  if [[ $executable = inherit || $executable = "$isExecutable" ]]; then
    link "$source" "$target"
    return
  fi
  cp "$source" "$target"
  if [[ $executable ]]; then chmod +x "$target"; else chmod -x "$target"; fi
}

# Links every file below SOURCE at the same place below TARGET. What is there already stays.
linkTree() {
  local source=$1 target=$2 ignorelinks=$3 entry name
  if [[ ! -e $target && $hasGnuCp ]]; then
    cp -rs --no-preserve=mode "$source" "$target"
    if [[ ! $ignorelinks ]]; then
      # Links of the source are copied as they are.
      while IFS= read -r -d '' entry; do
        cp -P --remove-destination "$entry" "$target/${entry#"$source"/}"
      done < <(find "$source" -type l -print0)
    fi
    return
  fi
  directory "$target"
  while IFS= read -r -d '' entry; do
    name=${entry#"$source"/}
    if [[ -d $entry && ! -L $entry ]]; then
      directory "$target/$name"
    elif [[ -e $target/$name || -L $target/$name ]]; then
      echo "$name is there already" >&2
    elif [[ -L $entry && ! $ignorelinks ]]; then
      cp -P "$entry" "$target/$name"
    else
      link "$entry" "$target/$name"
    fi
  done < <(find "$source" -mindepth 1 -print0)
}

# insert SOURCE TARGET EXECUTABLE RECURSIVE IGNORELINKS
insert() {
  local source=$1 relative=$2 executable=$3 recursive=$4 ignorelinks=$5 target file
  if [[ -n ${seen[$relative]-} ]]; then
    echo "File conflict for file '$relative'" >&2
    return
  fi
  normalise "$realOut/$relative"
  target=$normal
  if [[ $target != "$realOut"/* ]]; then
    fail "Error installing file '$relative' outside \$HOME"
  fi
  if [[ -e $target && ! -d $target ]]; then
    echo "$relative conflicts with recursively symlinked file" >&2
    case $overlap in
      ignore) return ;;
      error) exit 1 ;;
      override) rm "$target" ;;
    esac
  fi
  seen[$relative]=1
  directory "${target%/*}"
  # A parent that is a link leads out of the tree.
  cd -P "${target%/*}"
  if [[ $PWD != "${target%/*}" ]]; then
    fail "Error installing file '$relative' outside \$HOME"
  fi
  if [[ ! -d $source ]]; then
    insertFile "$source" "$target" "$executable"
  elif [[ ! $recursive ]]; then
    link "$source" "$target"
  else
    linkTree "$source" "$target" "$ignorelinks"
    if [[ $executable != inherit ]]; then
      while IFS= read -r -d '' file; do
        setMode "$file" "$executable"
      done < <(find "$target" \( -type f -o -type l \) -print0)
    fi
  fi
}
