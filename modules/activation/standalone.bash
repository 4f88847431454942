# What the script does for itself where no engine does it: profiles and roots. With Nix by its
# means, and otherwise, as far as that goes, without.

function hmHasNix() {
  type -P nix-env > /dev/null && type -P nix-store > /dev/null
}

# Checks that the store is there and makes what Nix makes at its first use; moves the profile from
# where it once was.
function hmPrepare() {
  if hmHasNix; then
    _iVerbose "Sanity checking Nix"
    nix-build --quiet --expr '{}' --no-out-link
    nix-env -q > /dev/null 2>&1 || true
    if [[ -v VERBOSE ]]; then
      _i 'Using Nix version: %s' "$(nix-env --version)"
    fi
  fi
  if [[ ! -d ${genProfilePath%/*} ]]; then
    run mkdir -p $VERBOSE_ARG "${genProfilePath%/*}"
  fi
  hmMigrateProfile
}

# Before Nix 2.14, and in early versions of Home Manager, the profile was elsewhere.
function hmMigrateProfile() {
  local new=${genProfilePath%/*} old link
  for old in "${NIX_STATE_DIR:-/nix/var/nix}/profiles/per-user/$USER" "$hmStatePath/profiles"; do
    if [[ ! -e $old/home-manager || $old -ef $new ]]; then
      continue
    fi
    if [[ ! -e $new/home-manager ]]; then
      _i 'Migrating profile from %s to %s' "$old" "$new"
      for link in "$old"/home-manager-*-link; do
        hmAddRoot "$new/${link##*/}" "$link"
      done
      run cp -P "$old/home-manager" "$new"
    fi
    run rm $VERBOSE_ARG "$old/home-manager" "$old"/home-manager-*-link
    return
  done
}

# Makes LINK a root of the garbage collector, for this generation or another.
function hmAddRoot() {
  local link=$1 target=${2:-$newGenPath}
  if hmHasNix; then
    run --silence nix-store --realise "$target" --add-root "$link"
  else
    run mkdir -p "${link%/*}"
    run ln -sfn "$target" "$link"
  fi
}

# Makes a store path the current generation of a profile.
function hmSetProfile() {
  local profile=$1 target=$2 link number newest=0
  if hmHasNix; then
    run nix-env $VERBOSE_ARG --profile "$profile" --set "$target"
    return
  fi
  for link in "$profile"-*-link; do
    number=${link#"$profile-"}
    number=${number%-link}
    if [[ $number == +([0-9]) ]] && (( number > newest )); then
      newest=$number
    fi
  done
  if (( newest == 0 )) || [[ ! $profile-$newest-link -ef $target ]]; then
    newest=$(( newest + 1 ))
    run mkdir -p "${profile%/*}"
    run ln -sfn "$target" "$profile-$newest-link"
  fi
  run ln -sfn "${profile##*/}-$newest-link" "$profile"
}

# Replaces the packages of the old home in the user's profile by those of the new one.
function hmInstallPackages() {
  local packages=$1 profile=$2 list remove
  if ! hmHasNix; then
    if [[ -e $profile && ! -L $profile ]]; then
      _iError "'%s' is not a link: cannot install the packages there" "$profile"
      return 1
    fi
    run mkdir -p "${profile%/*}"
    run ln -sfn "$packages" "$profile"
    return
  fi
  if [[ -e $profile/manifest.json ]]; then
    # The same package is not taken out and put back.
    if [[ $(nixProfileList home-manager-path) == "$packages" ]]; then
      return
    fi
    local nix
    nix=$(type -P nix)
    nixProfileRemove home-manager-path
    list="nix profile list"
    remove="nix profile remove {name | store path}"
    if run "$nix" profile install "$packages"; then return; fi
  else
    list="nix-env -q"
    remove="nix-env -e {package name}"
    if run nix-env -i "$packages"; then return; fi
  fi
  echo
  _iError 'Oops, Nix failed to install your new Home Manager profile!\n\nA package of yours may have the same files. See your packages with\n\n    %s\n\nand remove one with\n\n    %s\n\nThen activate your home again.' "$list" "$remove"
  return 1
}
