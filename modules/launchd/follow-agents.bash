# Makes launchd's agents those of the new generation. One that does not start again is put back as it
# was; one that the user has changed is left alone when it is no longer wanted.

# The domain that an agent of a generation belongs to, as launchctl names it.
function hmAgentDomain() {
  local generation=$1 label=$2 domain=gui
  if [[ -f $generation/LaunchAgentDomains/$label.domain ]]; then
    domain=$(< "$generation/LaunchAgentDomains/$label.domain")
  fi
  echo "$domain/$UID"
}

# Stops an agent. That it does not run is no failure.
function hmStopAgent() {
  local job=$1 message wait=()
  # Before macOS 26 there is no way to wait until it has ended.
  if (( hmMacRelease >= 26 )); then wait=(--wait); fi
  verboseEcho "Stopping agent '$job'..."
  if message=$(run /bin/launchctl bootout "${wait[@]}" "$job" 2>&1); then
    (( hmMacRelease >= 26 )) || run sleep 1
  elif [[ $message != *"No such process"* && $message != *"Domain does not support specified action"* ]]; then
    warnEcho "Failed to stop agent '$job': $message"
    return 1
  fi
}

# Writes the property list of an agent and starts it.
function hmStartAgent() {
  local source=$1 target=$2 domain=$3 message
  if ! run install -Dm444 -T "$source" "$target"; then
    errorEcho "Failed to install agent file '$target'"
    return 1
  fi
  verboseEcho "Starting agent '$domain/$(basename "$target" .plist)'"
  if ! message=$(run /bin/launchctl bootstrap "$domain" "$target" 2>&1); then
    errorEcho "Failed to start agent '$target': $message"
    return 1
  fi
}

function hmFollowAgents() {
  local old=$1 new=$2 directory=$HOME/Library/LaunchAgents failed=0
  local source file label target before after
  local hmMacRelease
  hmMacRelease=$(/usr/bin/sw_vers --productVersion | cut -d. -f1)

  for source in "$old"/LaunchAgents/*.plist; do
    file=${source##*/}
    target=$directory/$file
    if [[ ! -e $source || -e $new/LaunchAgents/$file || ! -e $target ]]; then continue; fi
    if ! cmp -s "$source" "$target"; then
      warnEcho "Skipping deletion of '$target', since its contents have diverged"
      continue
    fi
    label=${file%.plist}
    if hmStopAgent "$(hmAgentDomain "$old" "$label")/$label"; then
      run rm -f $VERBOSE_ARG "$target"
    else
      failed=1
    fi
  done

  for source in "$new"/LaunchAgents/*.plist; do
    [[ -e $source ]] || continue
    file=${source##*/}
    label=${file%.plist}
    target=$directory/$file
    before=$(hmAgentDomain "$old" "$label")
    after=$(hmAgentDomain "$new" "$label")
    if [[ $before == "$after" ]] && cmp -s "$source" "$target" \
      && /bin/launchctl print "$after/$label" > /dev/null 2>&1; then
      continue
    fi
    if [[ -e $target ]] && ! hmStopAgent "$before/$label"; then
      failed=1
      continue
    fi
    if ! hmStartAgent "$source" "$target" "$after"; then
      failed=1
      if [[ -e $old/LaunchAgents/$file ]]; then
        warnEcho "Restoring previous agent '$before/$label'"
        hmStartAgent "$old/LaunchAgents/$file" "$target" "$before" || true
      fi
    fi
  done

  return $failed
}
