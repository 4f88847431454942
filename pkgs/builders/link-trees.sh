# Merges directory trees into trees of links. Written for bash 3, which macOS has.

shopt -s nullglob dotglob

# Trees of the priority that is being merged; those of more urgent ones came before.
peers=()

# Replaces the link TARGET to a directory by a directory of links to its entries.
openDirectory() {
  local target=$1 source entries
  source=$(readlink "$target")
  rm "$target"
  mkdir "$target"
  entries=("$source"/*)
  if [ "${#entries[@]}" -gt 0 ]; then ln -s "${entries[@]}" "$target/"; fi
}

# Two trees have a file of the same name. The one that is already linked stays; if both are
# equally urgent, they have to be the same.
collide() {
  local source=$1 target=$2 linked peer
  linked=$(readlink "$target" || printf %s "$target")
  if [ "$mode" = join ] || [ "$ignoreCollisions" = 1 ] || [ "$linked" = "$source" ]; then
    return
  fi
  if [ "$checkContents" = 1 ] && cmp -s "$source" "$linked"; then return; fi
  for peer in "${peers[@]}"; do
    case $linked in
      "$peer"/*)
        echo "error: two packages have the same file, and neither has priority:" >&2
        echo "  $source" >&2
        echo "  $linked" >&2
        echo "Remove one of them, or give one a priority with lib.hiPrio or lib.lowPrio." >&2
        exit 1
        ;;
    esac
  done
}

# Merges the entry SOURCE into the path TARGET.
mergeEntry() {
  local source=$1 target=$2
  if [ ! -e "$target" ] && [ ! -L "$target" ]; then
    ln -s "$source" "$target"
  elif [ -d "$source" ] && [ -d "$target" ]; then
    # A directory that one tree alone has is one link.
    if [ -L "$target" ]; then openDirectory "$target"; fi
    mergeTree "$source" "$target"
  else
    collide "$source" "$target"
  fi
}

# Merges the entries of the directory SOURCE into the directory TARGET. All that are new are
# linked by one call of ln.
mergeTree() {
  local source=$1 target=$2 entry entries name fresh=()
  entries=("$source"/*)
  for entry in "${entries[@]}"; do
    name=${entry##*/}
    if [ "$mode" = install ] && [ "$source" = "$tree" ]; then
      case $name in
        nix-support | propagated-build-inputs | manifest.nix | manifest.json) continue ;;
      esac
    fi
    if [ -e "$target/$name" ] || [ -L "$target/$name" ]; then
      mergeEntry "$entry" "$target/$name"
    else
      fresh+=("$entry")
    fi
  done
  if [ "${#fresh[@]}" -gt 0 ]; then ln -s "${fresh[@]}" "$target/"; fi
}

# Merges the parts that `pathsToLink` names of the package `tree` into ROOT.
installTree() {
  local root=$1 path
  if [ ! -d "$tree" ]; then
    echo "error: the package $tree is not a directory" >&2
    exit 1
  fi
  for path in "${pathsToLink[@]}"; do
    path=${path%/}
    if [ -z "$path" ]; then
      mergeTree "$tree" "$root"
    elif [ -e "$tree$path" ]; then
      mkdir -p "$root${path%/*}"
      mergeEntry "$tree$path" "$root$path"
    fi
  done
}

# join TREE required|optional: merges a tree into the output.
join() {
  mode=join
  if [ -d "$1" ]; then
    mergeTree "$1" "$out"
  elif [ "$2" = required ]; then
    echo "symlinkJoin: $1 is not a directory" >&2
    exit 1
  fi
}

# profile IGNORECOLLISIONS CHECKCONTENTS PREFIX PATH...: how packages are installed from now on.
profile() {
  mode=install ignoreCollisions=$1 checkContents=$2 root=$out$3 last=
  shift 3
  pathsToLink=("$@")
  mkdir -p "$root"
}

# install PRIORITY TREE: the more urgent packages come first.
install() {
  if [ "$1" != "$last" ]; then peers=(); fi
  last=$1
  tree=$2
  peers+=("$tree")
  installTree "$root"
}
