# Functions for activation blocks, and for the scripts that they start.

# Colours only for a terminal that has them, and for who wants them.
normalColor=""
errorColor=""
warnColor=""
noteColor=""
if [[ ! -v NO_COLOR && -t 1 && -n ${TERM:-} && $TERM != dumb ]]; then
  normalColor=$'\e[0m'
  errorColor=$'\e[1;31m'
  warnColor=$'\e[33m'
  noteColor=$'\e[1;36m'
fi

function errorEcho() {
  printf '%s\n' "$errorColor$*$normalColor"
}

function warnEcho() {
  printf '%s\n' "$warnColor$*$normalColor"
}

function noteEcho() {
  printf '%s\n' "$noteColor$*$normalColor"
}

function verboseEcho() {
  if [[ -v VERBOSE ]]; then
    printf '%s\n' "$*"
  fi
}

# Prints a message: a format and its arguments.
function _i() {
  local format=$1
  shift
  printf "$format\n" "$@"
}

# Prints one of two messages, depending on a number.
function _ip() {
  local singular=$1 plural=$2 count=$3
  shift 3
  if (( count == 1 )); then
    _i "$singular" "$@"
  else
    _i "$plural" "$@"
  fi
}

function _iError() {
  local format=$1
  shift
  printf "$errorColor$format$normalColor\n" "$@"
}

function _iWarn() {
  local format=$1
  shift
  printf "$warnColor$format$normalColor\n" "$@"
}

function _iNote() {
  local format=$1
  shift
  printf "$noteColor$format$normalColor\n" "$@"
}

function _iVerbose() {
  if [[ -v VERBOSE ]]; then
    _i "$@"
  fi
}

# Runs a command, or prints it in a dry run. After --quiet its output is not shown, after
# --silence neither are its errors.
function run() {
  local hide=nothing
  case $1 in
    --quiet)
      hide=output
      shift
      ;;
    --silence)
      hide=everything
      shift
      ;;
  esac
  if [[ -v DRY_RUN ]]; then
    printf '%s\n' "$*"
    return
  fi
  case $hide in
    nothing) "$@" ;;
    output) "$@" > /dev/null ;;
    everything) "$@" > /dev/null 2>&1 ;;
  esac
}

# Prints the store paths in the user's profile that end in NAME.
function nixProfileList() {
  local listed
  if listed=$(nix profile list --json 2> /dev/null); then
    # Store paths have no characters that JSON would escape.
    grep -o "\"[^\"]*$1\"" <<< "$listed" | tr -d '"' || true
  else
    nix profile list | { grep "$1\$" || true; } | cut -d ' ' -f 4
  fi
}

# Removes a package from the user's profile, whichever kind that is of.
function nixProfileRemove() {
  local installed
  if ! type -P nix-env > /dev/null; then
    return
  fi
  if [[ -e $HOME/.nix-profile/manifest.json \
      || -e ${XDG_STATE_HOME:-$HOME/.local/state}/nix/profile/manifest.json ]]; then
    installed=$(nixProfileList "$1")
    if [[ -n $installed ]]; then
      run nix profile remove $VERBOSE_ARG $installed
    fi
  elif nix-env -q | grep -q "^$1\$"; then
    run --quiet nix-env -e "$1"
  fi
}

# Stops unless the two strings are the same.
function checkStringEq() {
  local name=$1 actual=$2 expected=$3
  if [[ $actual != "$expected" ]]; then
    _iError '%s is "%s", expected "%s"' "$name" "$actual" "$expected"
    exit 1
  fi
}

# Stops unless the two paths are of the same file.
function checkPathEq() {
  local name=$1 actual=$2 expected=$3
  if [[ ! $actual -ef $expected ]]; then
    _iError '%s is "%s", expected "%s"' "$name" "$actual" "$expected"
    exit 1
  fi
}
