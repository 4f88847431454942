
# Variables that say how to behave, in the form that old blocks use.
if [[ -v VERBOSE ]]; then
  export VERBOSE_ECHO=echo VERBOSE_ARG=--verbose VERBOSE_RUN=""
else
  export VERBOSE_ECHO=true VERBOSE_ARG="" VERBOSE_RUN=true
fi
if [[ -v DRY_RUN ]]; then
  export DRY_RUN_CMD=echo DRY_RUN_NULL=/dev/stdout
else
  export DRY_RUN_CMD="" DRY_RUN_NULL=/dev/null
fi

# Sets the variables that blocks may use: where the generations are, and what they are found by.
function hmSetVariables() {
  local stateHome=${XDG_STATE_HOME:-$HOME/.local/state}
  local globalState=${NIX_STATE_DIR:-/nix/var/nix}

  declare -gr hmStatePath=$stateHome/home-manager
  declare -gr hmDataPath=${XDG_DATA_HOME:-$HOME/.local/share}/home-manager

  # Older versions of Nix have profiles of users in one place for all.
  local profiles=$stateHome/nix/profiles
  if [[ ! -d $profiles && -d $globalState/profiles/per-user/$USER ]]; then
    profiles=$globalState/profiles/per-user/$USER
  fi
  declare -gr genProfilePath=$profiles/home-manager

  declare -gr newGenPath=@GENERATION_DIR@
  declare -gr newGenGcPath=$hmStatePath/gcroots/new-home
  declare -gr currentGenGcPath=$hmStatePath/gcroots/current-home
  declare -gr legacyGenGcPath=$globalState/gcroots/per-user/$USER/current-home

  # Going there resolves the link without another program.
  if [[ -e $currentGenGcPath ]] && cd -P -- "$currentGenGcPath"; then
    declare -g oldGenPath=$PWD
    cd "$HOME"
  fi
}

function hmDescribe() {
  if [[ -v DRY_RUN ]]; then
    _i "This is a dry run"
  fi
  [[ -v VERBOSE ]] || return 0
  [[ -v DRY_RUN ]] || _i "This is a live run"
  _i "Activation variables:"
  if [[ -v oldGenPath ]]; then
    _i "  oldGenPath=%s" "$oldGenPath"
  else
    _i "  oldGenPath undefined (first run?)"
  fi
  local name
  for name in newGenPath genProfilePath newGenGcPath currentGenGcPath legacyGenGcPath; do
    _i "  %s=%s" "$name" "${!name}"
  done
}
