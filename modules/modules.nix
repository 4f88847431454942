# The list of modules.
{
  pkgs,
  # The library with `lib.hm`.
  lib,
  check ? true,
  # Whether `nixpkgs.*` decides about the packages; otherwise `pkgs` are the packages.
  useNixpkgsModule ? true,
  # Without the modules of programs and services.
  minimal ? false,
}:

let
  # Every module of a directory: its `.nix` files, and its directories that have a `default.nix`.
  inDirectory =
    directory:
    let
      entries = builtins.readDir directory;
      isModule =
        name:
        if entries.${name} == "directory" then
          builtins.pathExists (directory + "/${name}/default.nix")
        else
          lib.hasSuffix ".nix" name;
    in
    map (name: directory + "/${name}") (builtins.filter isModule (builtins.attrNames entries));

  core = [
    ./activation
    ./files
    ./home/environment.nix
    ./home/identity.nix
    ./home/language.nix
    ./home/locale.nix
    ./home/packages.nix
    ./misc/assertions.nix
    ./misc/fontconfig.nix
    ./misc/lib.nix
    ./misc/manual.nix
    ./misc/news.nix
    ./misc/nix.nix
    ./misc/pam.nix
    ./misc/shell.nix
    ./misc/specialisation.nix
    ./misc/submodule-support.nix
    ./misc/uninstall.nix
    ./misc/version.nix
    ./systemd
  ] ++ inDirectory ./xdg;

  chosen =
    if minimal then
      map (name: ./programs + "/${name}") [
        "bash.nix"
        "fish"
        "home-manager.nix"
        "man.nix"
        "nushell.nix"
        "zsh"
      ]
    else
      inDirectory ./programs ++ inDirectory ./services;
in
core
++ chosen
++ [
  (if useNixpkgsModule then ./misc/nixpkgs.nix else ./misc/nixpkgs-disabled.nix)
  {
    _module.args.pkgsPath = pkgs.path or null;
    _module.args.basePkgs = pkgs;
    _module.check = check;
  }
]
