# Makes the user's systemd follow a change of units.
#
#   follow-units.bash switch|suggest OLD-DIRECTORY NEW-DIRECTORY TIMEOUT-IN-MS
#
# Units that are gone are stopped. Changed ones that run are restarted, or what they ask for in
# X-SwitchMethod, X-RestartIfChanged, X-ReloadIfChanged and X-StopIfChanged is done. Units that an
# active target wants are started. With `suggest` the commands for this are only printed.
set -eu -o pipefail
shopt -s nullglob

mode=$1
oldDirectory=$2
newDirectory=$3
timeout=$4

# Sets the array NAMES to the units in a directory.
function listUnits() {
  local -n names=$1
  local file name
  names=()
  [[ -n $2 ]] || return 0
  for file in "$2"/*.{service,socket,target,timer,path,mount,automount,slice}; do
    name=${file##*/}
    # Templates do not run.
    [[ $name == *@.* ]] || names+=("$name")
  done
}

# Sets REPLY to the value of a key in the file of a unit.
function unitKey() {
  local file=$1 key=$2 line
  REPLY=""
  while IFS= read -r line || [[ -n $line ]]; do
    if [[ $line == "$key="* ]]; then
      REPLY=${line#*=}
    fi
  done < "$file"
}

# Prints a unit without those lines that only say when to reload.
function withoutReloadTriggers() {
  grep -v '^X-Reload-Triggers=' "$1" || true
}

function isSame() {
  [[ $1 -ef $2 ]] || cmp -s "$1" "$2"
}

# Whether the parts that others add to a unit are the same.
function hasSameAdditions() {
  local old=$oldDirectory/$1.d new=$newDirectory/$1.d
  if [[ ! -e $old && ! -e $new ]]; then
    return 0
  fi
  [[ $old -ef $new ]] || diff -rq "$old" "$new" > /dev/null 2>&1
}

# Reads the state of units into `active`, `mayStart` and `mayStop`.
function readStates() {
  local line name=""
  (( $# > 0 )) || return 0
  while IFS= read -r line; do
    case $line in
      Id=*) name=${line#Id=} ;;
      ActiveState=*) active[$name]=${line#*=} ;;
      RefuseManualStart=*) mayStart[$name]=${line#*=} ;;
      RefuseManualStop=*) mayStop[$name]=${line#*=} ;;
    esac
  done < <(systemctl --user show --property=Id,ActiveState,RefuseManualStart,RefuseManualStop -- "$@")
}

function isActive() {
  [[ ${active[$1]:-inactive} == active || ${active[$1]:-} == activating || ${active[$1]:-} == reloading ]]
}

# What to do with a unit that runs and is another one now.
function switchMethod() {
  local file=$newDirectory/$1
  unitKey "$file" X-SwitchMethod
  if [[ -n $REPLY ]]; then
    return
  fi
  unitKey "$file" X-RestartIfChanged
  if [[ $REPLY == false ]]; then
    REPLY=keep-old
    return
  fi
  unitKey "$file" X-ReloadIfChanged
  if [[ $REPLY == true ]] || {
    hasSameAdditions "$1" && [[ $(withoutReloadTriggers "$oldDirectory/$1") == "$(withoutReloadTriggers "$file")" ]]
  }; then
    REPLY=reload
    return
  fi
  unitKey "$file" X-StopIfChanged
  if [[ $REPLY == false ]]; then
    REPLY=restart
  else
    REPLY=stop-start
  fi
}

# Adds the units that active targets want.
function addWanted() {
  local directory target unit name
  for directory in "$newDirectory"/*.{wants,requires}; do
    target=${directory##*/}
    target=${target%.*}
    for unit in "$directory"/*; do
      name=${unit##*/}
      wantedUnits+=("$name")
      wantedBy[$name]+="$target "
    done
  done
}

function join() {
  local IFS=,
  local joined=$*
  printf '%s' "${joined//,/, }"
}

# Does something to some units: TITLE COMMAND UNIT...
function act() {
  local title=$1 command=$2
  shift 2
  (( $# > 0 )) || return 0
  if [[ $mode == suggest ]]; then
    suggestions+=("systemctl --user $command $*")
  else
    printf '%s units: %s\n' "$title" "$(join "$@")"
    if [[ -v DRY_RUN ]]; then
      :
    elif [[ $command == start && $timeout != 0 ]]; then
      timeout "$(( timeout / 1000 )).$(printf %03d $(( timeout % 1000 )))" systemctl --user start -- "$@" || failed=1
    else
      systemctl --user "$command" -- "$@" || failed=1
    fi
  fi
}

declare -a oldUnits newUnits wantedUnits=() suggestions=()
declare -a toStop=() toStart=() toRestart=() toReload=() toKeep=()
declare -A active=() mayStart=() mayStop=() isNew=() isOld=() wantedBy=() starts=()
failed=0

listUnits oldUnits "$oldDirectory"
listUnits newUnits "$newDirectory"
for unit in "${oldUnits[@]}"; do isOld[$unit]=1; done
for unit in "${newUnits[@]}"; do isNew[$unit]=1; done
addWanted

targets=()
for unit in "${!wantedBy[@]}"; do targets+=(${wantedBy[$unit]}); done
readStates "${oldUnits[@]}" "${newUnits[@]}" "${wantedUnits[@]}" "${targets[@]}"

for unit in "${oldUnits[@]}"; do
  if [[ -v isNew[$unit] ]]; then
    continue
  elif isActive "$unit" && [[ ${mayStop[$unit]:-no} == no ]]; then
    toStop+=("$unit")
  fi
done

for unit in "${newUnits[@]}"; do
  if [[ ! -v isOld[$unit] ]] || ! isActive "$unit"; then
    continue
  elif isSame "$oldDirectory/$unit" "$newDirectory/$unit" && hasSameAdditions "$unit"; then
    continue
  elif [[ $unit == *.target || ${mayStop[$unit]:-no} == yes || ${mayStart[$unit]:-no} == yes ]]; then
    continue
  fi
  switchMethod "$unit"
  case $REPLY in
    keep-old) toKeep+=("$unit") ;;
    reload) toReload+=("$unit") ;;
    restart) toRestart+=("$unit") ;;
    *)
      toStop+=("$unit")
      toStart+=("$unit")
      starts[$unit]=1
      ;;
  esac
done

for unit in "${wantedUnits[@]}"; do
  if isActive "$unit" || [[ -v starts[$unit] || ${mayStart[$unit]:-no} == yes ]]; then
    continue
  fi
  for target in ${wantedBy[$unit]}; do
    if isActive "$target"; then
      toStart+=("$unit")
      starts[$unit]=1
      break
    fi
  done
done

act Stopping stop "${toStop[@]}"
# The same files need not be read again.
if [[ ! $oldDirectory -ef $newDirectory ]]; then
  if [[ -v DRY_RUN ]]; then
    echo systemctl --user daemon-reload
  else
    systemctl --user daemon-reload
  fi
fi
if (( ${#toKeep[@]} > 0 )) && [[ $mode == switch ]]; then
  printf 'Keeping old units: %s\n' "$(join "${toKeep[@]}")"
fi
act Reloading reload "${toReload[@]}"
act Restarting restart "${toRestart[@]}"
act Starting start "${toStart[@]}"

if (( ${#suggestions[@]} > 0 )); then
  echo "Suggested commands:"
  printf '%s\n' "${suggestions[@]}"
fi

# The home is as it should be all the same: a failing service is no reason to undo that.
if (( failed == 1 )); then
  echo "Some units failed. See: systemctl --user --failed"
fi
