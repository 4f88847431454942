# Imitates a machine and uses the program on it. Variables: T has the programs, W is the machine's
# directory, KIND, SETUP, REFUSED, VARIABLES, FIRST_ONLY.

H=$W/home R=$W/root ID=4321 BLOCK= AS= RESCUE= PATIENCE=300
mkdir -p "$W/home" "$R"
case $KIND in
  here)
    chown -R 4321:4321 "$W/home"
    ;;
  busybox)
    mkdir -p "$R"/{bin,etc,tmp,proc,dev,home/al,usr/bin}
    chmod 1777 "$R/tmp"
    cp "$(command -v busybox)" "$R/bin/busybox"
    chroot "$R" /bin/busybox --install -s /bin
    echo 'al:x:4321:4321::/home/al:/bin/sh' > "$R/etc/passwd"
    mount --bind /dev "$R/dev"
    ;;
  bare)
    mkdir -p "$R"/{proc,home/al,usr/bin}
    ;;
esac
if [ "$KIND" != here ]; then
  rmdir "$W/home"
  H=$R/home/al
  chown 4321:4321 "$H"
  cp "$T/home-manager" "$T/refuse" "$R/usr/bin/"
  mount -t proc proc "$R/proc"
fi
eval "$SETUP"

# Runs the program as the user of the machine.
program() {
  local rules
  read -ra rules <<< "$REFUSED"
  if [ "$KIND" = here ]; then
    cd "$W"
    eval "timeout -k 5 $PATIENCE setpriv --reuid=4321 --regid=4321 --clear-groups env -i USER=tester LOGNAME=tester \
      PATH=/usr/bin:/bin LANG=C.UTF-8 HOME=$H $VARIABLES \"$T/refuse\" \"\${rules[@]}\" -- $AS \"$T/home-manager\" \"\$@\""
  else
    # Neither directory is in the search path of the machine.
    eval "env -i HOME=/home/al USER=al PATH=/bin:/usr/bin $(command -v timeout) -k 5 $PATIENCE $(command -v chroot) \
      --userspec=$ID:$ID \"$R\" /usr/bin/refuse \"\${rules[@]}\" -- /usr/bin/home-manager \"\$@\""
  fi
}

# What the home is, but for caches, the store and the configuration.
state() {
  find "$H" \( -path "$H/.cache" -o -path "$H/.local/share/nix" -o -path "$H/.local/state" \
    -o -path "$H/.config/home-manager" \) -prune -o \( -type l -o -type f \) -printf '%p %l\n' | sort
  readlink "$H/.local/state/nix/profiles/home-manager" "$H/.local/state/home-manager/gcroots/current-home"
}

# step NAME ARGUMENTS...: the names are in the order of the steps. With RESCUE, a command that fails
# has to leave the home as it was, and to succeed once nothing is refused.
step() {
  if [ -z "$RESCUE" ]; then
    attempt "$@"
    return
  fi
  local before
  before=$(state)
  if attempt "$@"; then return; fi
  if [ "$(state)" != "$before" ]; then
    echo "wrong: the home is another" >> "$W/$1.said"
    sed -i '1s/^/wrong: the home is another: /' "$W/$1.said"
  fi
  local rules=$REFUSED name=$1-again
  shift
  REFUSED=
  attempt "$name" "$@"
  REFUSED=$rules
}

attempt() {
  name=$1
  shift
  program "$@" > "$W/$name.said" 2>&1
  echo $? > "$W/$name.code"
  [ "$(cat "$W/$name.code")" = 0 ]
}

# check NAME COMMAND...: what has to be so.
check() {
  name=$1
  shift
  if "$@"; then return; fi
  echo "wrong: $*" > "$W/$name.said"
  echo 1 > "$W/$name.code"
  exit 0
}

edit() { sed -i "$1" "$H/.config/home-manager/home.nix"; }
is_absent() { [ ! -e "$1" ] && [ ! -L "$1" ]; }

if [ -n "$BLOCK" ]; then
  step 1-init init || exit 0
  edit 's|^  home.file = {|  home.activation.mine = lib.hm.dag.entryAfter [ "writeBoundary" ] "echo mine";\n&|; s|{ config, pkgs, \.\.\. }|{ config, lib, pkgs, ... }|'
  find "$H" -path "$H/.config" -o -path "$H/.cache" -o -path "$H/.local" | sort > "$W/before"
  step 2-first switch
else
  step 2-first init --switch
fi
if [ -n "$FIRST_ONLY" ]; then
  # Nothing is linked, and there is no generation.
  if [ -z "$(find "$H" -type l -path '*profile*' 2> /dev/null)" ]; then touch "$W/untouched"; fi
  exit 0
fi
[ "$(cat "$W/2-first.code")" = 0 ] || exit 0
check 2-link [ -L "$H/.nix-profile" -o -L "$H/.local/state/nix/profile" -o -L "$H/.local/state/nix/profiles/profile" -o -L "$R/nix/var/nix/profiles/per-user/al/home-manager" ]
edit 's|^  home.file = {|&\n    ".new".text = "new";|'
step 3-added switch || exit 0
check 3-file [ -L "$H/.new" ]
edit '/".new".text/d'
step 4-removed switch || exit 0
check 4-file is_absent "$H/.new"
step 5-rollback switch --rollback || exit 0
check 5-file [ -L "$H/.new" ]
step 6-status status || exit 0
step 7-collect nix-collect-garbage || exit 0
exit 0
