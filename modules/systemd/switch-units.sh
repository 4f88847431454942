# Stops units that are gone, restarts those that changed, starts new ones that a running target
# wants.

# The value of the last line KEY=… of a unit file, in $value.
_hmUnitKey() {
  local line
  value=
  [[ -r $1 ]] || return 0
  while IFS= read -r line; do
    if [[ $line = "$2="* ]]; then value=${line#*=}; fi
  done < "$1"
}

# _hmSwitchUnits OLD NEW apply|suggest: OLD and NEW are directories of units.
_hmSwitchUnits() {
  local old=$1 new=$2 mode=$3 file unit value want
  local stop=() start=() restart=() reload=()
  for file in ${old:+"$old"/*}; do
    unit=${file##*/}
    [[ -f $file && $unit != *@.* ]] || continue
    if [[ ! -e $new/$unit ]]; then
      if "$_hmSystemctl" --user --quiet is-active "$unit"; then stop+=("$unit"); fi
    elif ! cmp -s "$file" "$new/$unit" && "$_hmSystemctl" --user --quiet is-active "$unit"; then
      _hmUnitKey "$new/$unit" X-SwitchMethod
      want=$value
      _hmUnitKey "$new/$unit" X-RestartIfChanged
      if [[ $value = false ]]; then want=keep-old; fi
      case $want in
        keep-old) ;;
        reload) reload+=("$unit") ;;
        stop-start)
          stop+=("$unit")
          start+=("$unit")
          ;;
        *) restart+=("$unit") ;;
      esac
    fi
  done
  for file in "$new"/*.wants/* "$new"/*.requires/*; do
    [[ -f $file ]] || continue
    unit=${file##*/}
    want=${file%/*}
    want=${want##*/}
    want=${want%.*}
    if [[ -n $old && -e $old/${file#"$new"/} || $unit = *@.* ]]; then continue; fi
    if "$_hmSystemctl" --user --quiet is-active "$want"; then start+=("$unit"); fi
  done

  local act=(run "$_hmSystemctl" --user)
  if [[ $mode = suggest ]]; then
    if (( ${#stop[@]} + ${#start[@]} + ${#restart[@]} + ${#reload[@]} == 0 )); then return 0; fi
    echo "Suggested commands:"
    act=(echo systemctl --user)
  fi
  if [[ $mode = apply && ${#stop[@]} -gt 0 ]]; then echo "Stopping units: ${stop[*]}"; fi
  if (( ${#stop[@]} > 0 )); then "${act[@]}" stop "${stop[@]}"; fi
  "${act[@]}" daemon-reload
  if (( ${#reload[@]} > 0 )); then
    if [[ $mode = apply ]]; then echo "Reloading units: ${reload[*]}"; fi
    "${act[@]}" reload "${reload[@]}"
  fi
  if (( ${#restart[@]} > 0 )); then
    if [[ $mode = apply ]]; then echo "Restarting units: ${restart[*]}"; fi
    "${act[@]}" restart "${restart[@]}"
  fi
  if (( ${#start[@]} > 0 )); then
    if [[ $mode = apply ]]; then echo "Starting units: ${start[*]}"; fi
    "${act[@]}" start "${start[@]}"
  fi
}
