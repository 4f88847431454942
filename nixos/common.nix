# What the modules for NixOS and for nix-darwin share: the options `home-manager.*`, and homes
# as a part of a system.
{
  config,
  lib,
  pkgs,
  _class,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.home-manager;

  extendedLib = import ../lib/extended.nix lib;

  switch =
    description:
    mkOption {
      type = types.bool;
      default = false;
      example = true;
      inherit description;
    };

  # What a home takes from the system that it is a part of.
  fromSystem =
    { name, ... }:
    let
      account = config.users.users.${name};

      # nix-darwin declares the number of a user without a default.
      uid = builtins.tryEval account.uid;

      # Systems that leave Nix alone declare no package for it.
      systemNix = config.nix;
    in
    {
      submoduleSupport = {
        enable = true;
        externalPackageInstall = cfg.useUserPackages;
      };

      home = {
        username = account.name;
        homeDirectory = account.home;
        uid = mkIf (uid.success && uid.value != null) uid.value;
      };

      # The Nix that the system runs is the one whose profile and store are meant.
      nix = {
        inherit (systemNix) enable;
        package = mkIf systemNix.enable systemNix.package;
      };
    };

  home = types.submoduleWith {
    description = "Home Manager module";
    class = "homeManager";
    specialArgs = {
      lib = extendedLib;
      modulesPath = toString ../modules;
      osConfig = config;
      osClass = _class;
    }
    // cfg.extraSpecialArgs;
    modules = [
      fromSystem
    ]
    ++ import ../modules/modules.nix {
      inherit pkgs;
      inherit (cfg) minimal;
      lib = extendedLib;
      useNixpkgsModule = !cfg.useGlobalPkgs;
    }
    ++ cfg.sharedModules;
  };

  # Something that each home says, one list for all of them.
  ofAllHomes = tell: lib.concatLists (lib.mapAttrsToList tell cfg.users);
in
{
  options.home-manager = {
    users = mkOption {
      type = types.attrsOf home;
      default = { };

      # Its own options are those of a home: the manual has them elsewhere.
      visible = "shallow";
      example = lib.literalExpression ''
        {
          jdoe = ./home.nix;
        }
      '';
      description = "The homes of this system, by the names of their users.";
    };

    useGlobalPkgs = switch ''
      Whether homes use the `pkgs` of the system. Otherwise each makes its own, which takes time
      and memory, and can be configured with {option}`nixpkgs.*`.
    '';

    useUserPackages = switch ''
      Whether the packages of homes are installed by the system, in
      {option}`users.users.<name>.packages`, and not in a profile in the home directory.
    '';

    extraSpecialArgs = mkOption {
      type = types.attrs;
      default = { };
      example = lib.literalExpression "{ inherit inputs; }";
      description = "Further arguments for the modules of homes.";
    };

    sharedModules = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      example = lib.literalExpression "[ { programs.home-manager.enable = true; } ]";
      description = "Modules that every home has.";
    };

    minimal = switch ''
      Whether homes have only the modules that they cannot do without. Others, from
      {var}`modulesPath`, are then for the configuration to import.
    '';

    backupFileExtension = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "backup";
      description = ''
        Files that are in the way of a home are renamed to end in this. If unset, activation stops
        before anything is changed.
      '';
    };

    backupCommand = mkOption {
      type = types.nullOr (types.either types.str types.path);
      default = null;
      example = lib.literalExpression "\${pkgs.trash-cli}/bin/trash";
      description = "A command that is run with each file that is in the way of a home.";
    };

    overwriteBackup = switch ''
      Whether a backup that is there already, by {option}`home-manager.backupFileExtension`, is
      replaced.
    '';

    verbose = switch "Whether activation tells what it does.";

    enableLegacyProfileManagement = switch ''
      Whether activation makes a profile `home-manager` of the user, as it does for a home by
      itself. A system has generations of its own.
    '';
  };

  config = lib.mkMerge [
    # Only with homes: who asks for `users.users` without there being any must not have to ask
    # for homes first.
    (mkIf (cfg.useUserPackages && cfg.users != { }) {
      users.users = lib.mapAttrs (_name: home: { packages = [ home.home.path ]; }) cfg.users;
      environment.pathsToLink = [ "/etc/profile.d" ];
    })

    (mkIf (cfg.users != { }) {
      warnings = ofAllHomes (
        name: home: map (warning: "${name} profile: ${warning}") home.warnings
      );

      assertions = ofAllHomes (
        name: home:
        map (assertion: {
          inherit (assertion) assertion;
          message = "${name} profile: ${assertion.message}";
        }) home.assertions
      );
    })
  ];
}
