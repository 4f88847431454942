
# An engine is there if it gave two file descriptors, READ:WRITE. It is told of every block that
# begins, and asked to do the core ones.
if [[ ${HOME_MANAGER_DRIVER_FDS:-} == +([0-9]):+([0-9]) ]]; then
  hmDriverRead=${HOME_MANAGER_DRIVER_FDS%:*}
  hmDriverWrite=${HOME_MANAGER_DRIVER_FDS#*:}
fi
# It is nothing to other programs.
unset HOME_MANAGER_DRIVER_FDS

# Whether the engine says by itself what happens, so that the script need not.
function hmIsBrief() {
  [[ -v hmDriverWrite && ! -v VERBOSE ]]
}

# Prints the name of a block that begins.
function hmAnnounceBlock() {
  hmIsBrief || _iNote "Activating %s" "$1"
}

# Tells the engine, if any, that a block begins.
function hmTellBlock() {
  if [[ -v hmDriverWrite ]]; then
    printf 'block %s\n' "$1" >&"$hmDriverWrite"
  fi
}

# Has the engine do a block. Fails if there is no engine.
function hmNativeBlock() {
  local reply=""
  if [[ ! -v hmDriverWrite ]]; then
    return 1
  fi
  printf 'block %s\nnative %s\n' "$1" "$1" >&"$hmDriverWrite"
  read -r reply <&"$hmDriverRead" || true
  if [[ $reply != ok ]]; then
    exit 1
  fi
}
