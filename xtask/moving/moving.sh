#!/bin/bash
# A home made by upstream's modules and Nix is taken over by this program and given back.
# moving.sh env|profile PROGRAM CHECKOUTS SCRATCH
#
# It fails if anything of the user's has changed on the way: files that are not managed, programs in
# the profile, the kind of the profile; or if a managed file has another content.
set -eu
kind=$1 program=$2 checkouts=$3 scratch=$4/$1

rm -rf "$scratch"
mkdir -p "$scratch/home" "$scratch/upstream" "$scratch/ours" "$scratch/tmp"
export HOME=$scratch/home USER=tester TMPDIR=$scratch/tmp
export NIX_CONFIG='experimental-features = nix-command flakes
sandbox = false
substitute = false
build-users-group =
flake-registry ='
profiles=$HOME/.local/state/nix/profiles

# write_configuration DIRECTORY URL: a flake with home-manager from there
write_configuration() {
  cat > "$1/flake.nix" <<END
{
  inputs.nixpkgs.url = "git+file://$checkouts/offline-nixpkgs";
  inputs.home-manager.url = "$2";
  inputs.home-manager.inputs.nixpkgs.follows = "nixpkgs";
  outputs = { nixpkgs, home-manager, ... }: {
    homeConfigurations.tester = home-manager.lib.homeManagerConfiguration {
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
      modules = [ ./home.nix ];
    };
  };
}
END
  cat > "$1/home.nix" <<END
{ pkgs, ... }:
{
  home.username = "tester";
  home.homeDirectory = "$HOME";
  home.stateVersion = "26.05";
  manual.manpages.enable = false;
  programs.man.enable = false;
  xdg.mime.enable = false;
  home.packages = [ (pkgs.writeShellScriptBin "greet" "echo hi") ];
  home.file."managed/file".text = "managed";
  programs.bash = { enable = true; package = null; enableCompletion = false; };
  programs.git = { enable = true; package = null; settings.user.name = "Tester"; };
}
END
}

# Installs a program of the user's own, with nix-env or nix profile.
install_own() {
  local body='printf "#!/bin/sh\necho own\n" > $out/bin/own'
  cat > "$scratch/own.nix" <<END
derivation {
  name = "own-1.0";
  system = "x86_64-linux";
  builder = "/bin/bash";
  args = [ "-c" ''/bin/mkdir -p \$out/bin; $body; /bin/chmod +x \$out/bin/own'' ];
}
END
  mkdir -p "$profiles"
  ln -s "$profiles/profile" "$HOME/.nix-profile"
  if [ "$kind" = env ]; then
    nix-env -i -f "$scratch/own.nix"
  else
    nix profile add "$(nix build --no-link --print-out-paths -f "$scratch/own.nix")"
  fi
}

# What belongs to the user, and the contents of what is managed.
snapshot() {
  local file
  (
    cd "$HOME"
    find . -path ./.cache -prune -o -path ./.local/share -prune -o -path ./.local/state -prune \
      -o -path ./.nix-profile -prune \
      -o -path ./.nix-defexpr -prune -o ! -type d -print | sort | while read -r file; do
      printf '%s %s %s\n' "$file" "$(stat -c %F "$file")" "$(sed 's#/nix/store/[a-z0-9]*-#/STORE/#g' "$file")"
    done
  )
  "$HOME/.nix-profile/bin/own"
  "$HOME/.nix-profile/bin/greet"
  if [ "$kind" = env ]; then
    nix-env -q
  else
    nix profile list --json | grep -o '/nix/store/[^"]*' | sed 's#/nix/store/[a-z0-9]*-##' | sort
  fi
}

# same NAME: the snapshot now is the first one
same() {
  snapshot > "$scratch/$1"
  diff "$scratch/start" "$scratch/$1" || { echo "$kind: changed after: $1"; exit 1; }
}

write_configuration "$scratch/upstream" "git+file://$checkouts/home-manager"
write_configuration "$scratch/ours" home-manager
install_own
echo mine > "$HOME/notes"
mkdir -p "$HOME/.config/app"
echo x > "$HOME/.config/app/own"
upstream=$(nix build --no-link --print-out-paths "$scratch/upstream#homeConfigurations.tester.activationPackage")
"$upstream/activate" --driver-version 0
snapshot > "$scratch/start"

"$program" switch --flake "$scratch/upstream#tester"
same "upstream's modules"
"$program" switch --flake "$scratch/ours#tester"
same "our modules"
"$program" status
"$program" rollback
same "a rollback"
"$program" switch --flake "$scratch/ours#tester"
"$upstream/activate" --driver-version 0
same "back to upstream"
echo "$kind: the same home"
