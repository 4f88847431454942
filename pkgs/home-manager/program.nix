# The program, compiled with the Rust of nixpkgs.
{ pkgs, workspace }:

let
  inherit (pkgs) lib;

  manifest = builtins.fromTOML (builtins.readFile (workspace + "/Cargo.toml"));

  # What is compiled or carried in the program. Not `.cargo`: its flags link statically, which
  # in nixpkgs is another platform.
  parts = [
    "Cargo.lock"
    "Cargo.toml"
    "crates"
    "flake-module.nix"
    "flake.nix"
    "lib"
    "modules"
    "nix-darwin"
    "nixos"
    "pkgs"
    "templates"
    "xtask"
  ];
in
pkgs.rustPlatform.buildRustPackage {
  pname = "home-manager";
  inherit (manifest.workspace.package) version;

  src = builtins.path {
    path = workspace;
    name = "home-manager-source";
    filter =
      path: _type:
      let
        relative = lib.removePrefix "${toString workspace}/" (toString path);
      in
      lib.elem (lib.head (lib.splitString "/" relative)) parts;
  };

  cargoLock.lockFile = workspace + "/Cargo.lock";

  cargoBuildFlags = [
    "--package"
    "hm-cli"
  ];

  # The tests build and activate with the host's shell, which a sandbox does not have.
  doCheck = false;

  nativeBuildInputs = lib.optional (pkgs ? installShellFiles) pkgs.installShellFiles;

  postInstall = lib.optionalString (
    pkgs ? installShellFiles && pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform
  ) ''
    for shell in bash fish zsh; do
      HOME=$TMPDIR $out/bin/home-manager completions $shell > home-manager.$shell
    done
    installShellCompletion home-manager.{bash,fish,zsh}
  '';

  meta = {
    description = "Manages a user's environment";
    mainProgram = "home-manager";
    platforms = lib.platforms.unix;
    license = [
      lib.licenses.mit
      lib.licenses.asl20
    ];
  };
}
