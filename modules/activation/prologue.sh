# What comes before the blocks: options, variables, checks, the conversation with the engine.

_hmUsage() {
  errorEcho "$0: $1" >&2
  exit 1
}

hmDriverVersion=0
while (( $# > 0 )); do
  case $1 in
    --driver-version)
      case ${2-} in
        0 | 1) hmDriverVersion=$2 ;;
        '') _hmUsage "no driver version specified" ;;
        *) _hmUsage "unexpected driver version $2" ;;
      esac
      shift 2
      ;;
    *) _hmUsage "unknown option '$1'" ;;
  esac
done

# The engine that runs this script, if one does: it does the core blocks itself. It is told of each
# block and asked to do its own through two descriptors.
_hmDriver=
if [[ ${HOME_MANAGER_DRIVER_FDS-} =~ ^([0-9]+):([0-9]+)$ ]]; then
  _hmDriver=1
  exec {_hmReplies}<&"${BASH_REMATCH[1]}" {_hmRequests}>&"${BASH_REMATCH[2]}"
  # What blocks start has no part in the conversation.
  eval "exec ${BASH_REMATCH[1]}<&- ${BASH_REMATCH[2]}>&-"
fi
unset HOME_MANAGER_DRIVER_FDS

_hmBlock() {
  _iNote "Activating %s" "$1"
  if [[ $_hmDriver ]]; then printf 'block %s\n' "$1" >&"$_hmRequests"; fi
}

_hmNative() {
  local reply=
  printf 'native %s\n' "$1" >&"$_hmRequests"
  # No reply: the engine is gone, and nothing more may be changed.
  IFS= read -r reply <&"$_hmReplies" || exit 1
  [[ $reply = ok ]] || exit 1
}

checkStringEq() {
  if [[ $2 != "$3" ]]; then
    _iError '%s is "%s", expected "%s"' "$1" "$2" "$3"
    exit 1
  fi
}

checkPathEq() {
  if ! [[ $2 -ef $3 ]]; then
    _iError '%s is "%s", expected "%s"' "$1" "$2" "$3"
    exit 1
  fi
}

# Lists the store paths of a `nix profile` whose names end in $1.
nixProfileList() {
  nix profile list --json 2>/dev/null |
    jq -r --arg name "$1" '.elements[].storePaths[] | select(endswith($name))' ||
    nix profile list | { grep "$1\$" || test $? = 1; } | cut -d ' ' -f 4
}

# Removes a package from the user's profile, of whichever kind it is.
nixProfileRemove() {
  local state=${XDG_STATE_HOME:-$HOME/.local/state}
  if [[ -e $HOME/.nix-profile/manifest.json || -e $state/nix/profile/manifest.json ]]; then
    nixProfileList "$1" | xargs -rt $DRY_RUN_CMD nix profile remove $VERBOSE_ARG
  elif type -P nix-env >/dev/null && nix-env -q | grep -q "^$1$"; then
    run --quiet nix-env -e "$1"
  fi
}

_hmSetVariables() {
  local state=${XDG_STATE_HOME:-$HOME/.local/state}
  local shared=${NIX_STATE_DIR:-/nix/var/nix}
  local profiles=$state/nix/profiles
  if [[ ! -d $profiles && -d $shared/profiles/per-user/$USER ]]; then
    profiles=$shared/profiles/per-user/$USER
  fi
  hmStatePath=$state/home-manager
  hmDataPath=${XDG_DATA_HOME:-$HOME/.local/share}/home-manager
  genProfilePath=$profiles/home-manager
  newGenGcPath=$hmStatePath/gcroots/new-home
  currentGenGcPath=$hmStatePath/gcroots/current-home
  legacyGenGcPath=$shared/gcroots/per-user/$USER/current-home
  if [[ -e $currentGenGcPath ]]; then
    # A root is a link straight to its generation.
    oldGenPath=$(readlink -e "$currentGenGcPath")
  fi
}

_i "Starting Home Manager activation"
_hmSetVariables
