# The modules that make up a home.
{
  pkgs,

  # A standard library with `lib.hm`.
  lib,

  # Whether settings without a matching option are errors.
  check ? true,

  # Whether the options `nixpkgs.*` choose the packages; otherwise `pkgs` is what there is.
  useNixpkgsModule ? true,

  # Only the modules that a home cannot do without.
  minimal ? false,
}:

let
  # The modules of a directory: Nix files, and directories with a default.nix.
  modulesIn =
    directory:
    let
      entries = builtins.readDir directory;
      isModule =
        name: entries.${name} == "directory" || (entries.${name} == "regular" && lib.hasSuffix ".nix" name);
    in
    map (name: directory + "/${name}") (builtins.filter isModule (builtins.attrNames entries));

  # Sheets, which are files with the facts of a program, made into modules.
  fromSheets = map (
    path:
    let
      value = import path;
    in
    if lib.hm.programs.isSheet value then lib.hm.programs.fromSheet path value else path
  );

  core = [
    ./accounts/calendar.nix
    ./accounts/contacts.nix
    ./accounts/email.nix
    ./activation
    ./config/home-cursor.nix
    ./config/i18n.nix
    ./dbus.nix
    ./files
    ./home
    ./launchd
    ./manual.nix
    ./misc/assertions.nix
    ./misc/dconf.nix
    ./misc/debug.nix
    ./misc/editorconfig.nix
    ./misc/fontconfig
    ./misc/gtk
    ./misc/input-method
    ./misc/lib.nix
    ./misc/mozilla-messaging-hosts.nix
    ./misc/news
    ./misc/nix
    ./misc/numlock.nix
    ./misc/pam.nix
    ./misc/qt
    ./misc/shell.nix
    ./misc/specialisation.nix
    ./misc/ssh-auth-sock.nix
    ./misc/submodule-support.nix
    ./misc/tmpfiles.nix
    ./misc/uninstall.nix
    ./misc/version.nix
    ./misc/vte.nix
    ./misc/xdg
    ./misc/xfconf.nix
    ./systemd
    ./targets/darwin
    ./targets/generic-linux.nix
    ./targets/generic-linux-gpu.nix
    ./targets/nixgl.nix
    ./wayland.nix
    ./xresources.nix
    ./xsession.nix
    (if useNixpkgsModule then ./misc/nixpkgs.nix else ./misc/nixpkgs-disabled.nix)
  ];

  # What the core modules refer to.
  essential = [
    ./programs/bash.nix
    ./programs/fish
    ./programs/man
    ./programs/nushell.nix
    ./programs/zsh
  ];

  modules =
    core
    ++ (if minimal then essential else fromSheets (modulesIn ./programs ++ modulesIn ./services) ++ modulesIn ./window-managers);

  packages =
    { config, ... }:
    {
      lib = lib.hm;

      _module = {
        inherit check;
        args = {
          baseModules = modules;

          # What was given, whatever `nixpkgs.*` makes of it.
          givenPkgs = pkgs;

          pkgs = lib.mkDefault pkgs;
          pkgsPath = lib.mkDefault (
            if lib.versionAtLeast config.home.stateVersion "20.09" then pkgs.path else <nixpkgs>
          );
        };
      };
    };
in
modules ++ [ packages ]
