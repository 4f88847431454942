# Messages, and running commands, for activation blocks. Translations are not needed for English:
# a format and its arguments are printed as they are.

_hmColour() {
  # $1: the stream to look at, $2: the escape sequence.
  if [[ -t $1 && -z ${NO_COLOR-} ]]; then printf '%s' "$2"; fi
}

errorEcho() { printf '%s%s%s\n' "$(_hmColour 1 $'\e[1;31m')" "$*" "$(_hmColour 1 $'\e[0m')"; }
warnEcho() { printf '%s%s%s\n' "$(_hmColour 1 $'\e[1;33m')" "$*" "$(_hmColour 1 $'\e[0m')"; }

if [[ -t 1 && -z ${NO_COLOR-} ]]; then
  noteEcho() { printf '\e[1;34m%s\e[0m\n' "$*"; }
else
  noteEcho() { printf '%s\n' "$*"; }
fi

verboseEcho() { if [[ -v VERBOSE ]]; then printf '%s\n' "$*"; fi; }

# Formatted messages: plain, note, warning, error, verbose.
_i() {
  local format=$1
  shift
  # shellcheck disable=SC2059
  printf "$format\n" "$@"
}
_iNote() { local text; printf -v text "$@"; noteEcho "$text"; }
_iWarn() { local text; printf -v text "$@"; warnEcho "$text"; }
_iError() { local text; printf -v text "$@"; errorEcho "$text"; }
_iVerbose() { if [[ -v VERBOSE ]]; then _i "$@"; fi; }
_ip() {
  local singular=$1 plural=$2
  shift 2
  if (( $1 == 1 )); then _i "$singular" "$@"; else _i "$plural" "$@"; fi
}

# run [--quiet|--silence] COMMAND…: runs a command, or only prints it in a dry run.
run() {
  local mode=
  case ${1-} in
    --quiet | --silence)
      mode=$1
      shift
      ;;
    --)
      shift
      ;;
  esac
  if [[ -v DRY_RUN ]]; then
    printf '%s\n' "$*"
  elif [[ $mode = --silence ]]; then
    "$@" >/dev/null 2>&1
  elif [[ $mode = --quiet ]]; then
    "$@" >/dev/null
  else
    if [[ -v VERBOSE ]]; then printf '%s\n' "$*"; fi
    "$@"
  fi
}

if [[ -v VERBOSE ]]; then
  export VERBOSE_ECHO=echo VERBOSE_ARG=--verbose VERBOSE_RUN=
else
  export VERBOSE_ECHO=true VERBOSE_ARG= VERBOSE_RUN=true
fi

# Older names for `run`, which configurations may still use.
if [[ -v DRY_RUN ]]; then
  export DRY_RUN_CMD=echo DRY_RUN_NULL=/dev/stdout
else
  export DRY_RUN_CMD= DRY_RUN_NULL=/dev/null
fi

: "${HOME_MANAGER_BACKUP_EXT:=}" "${HOME_MANAGER_BACKUP_COMMAND:=}" "${HOME_MANAGER_BACKUP_OVERWRITE:=}"
