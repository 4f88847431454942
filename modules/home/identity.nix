{ config, lib, ... }:

let
  inherit (lib) mkOption types;

  cfg = config.home;

  # Old configurations take it from whoever builds them.
  fromEnvironment =
    variable:
    lib.mkIf (lib.versionOlder cfg.stateVersion "20.09") (lib.mkDefault (builtins.getEnv variable));
in
{
  options.home = {
    username = mkOption {
      type = types.nonEmptyStr;
      defaultText = lib.literalMD "`$USER` for state versions before 20.09, none since then";
      example = "jane";
      description = "The name of the user. As a part of a system, that of `users.users`.";
    };

    uid = mkOption {
      type = types.nullOr types.ints.unsigned;
      default = null;
      example = 1000;
      description = ''
        The number of the user. If set, the home is only activated for this user.
      '';
    };

    homeDirectory = mkOption {
      type = types.path;
      defaultText = lib.literalMD "`$HOME` for state versions before 20.09, none since then";
      apply = toString;
      example = "/home/jane";
      description = "The home directory. As a part of a system, that of `users.users`.";
    };

    profileDirectory = mkOption {
      type = types.path;
      default =
        if config.submoduleSupport.enable && config.submoduleSupport.externalPackageInstall then
          "/etc/profiles/per-user/${cfg.username}"
        else if config.nix.useXdg then
          "${config.xdg.stateHome}/nix/profile"
        else
          "${cfg.homeDirectory}/.nix-profile";
      defaultText = lib.literalMD ''
        {file}`/etc/profiles/per-user/''${home.username}` if the system installs the packages,
        else {file}`''${xdg.stateHome}/nix/profile` if Nix uses XDG directories, else
        {file}`''${home.homeDirectory}/.nix-profile`
      '';
      readOnly = true;
      description = "Where the packages of the home are found.";
    };

    preferXdgDirectories = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether programs that can do so keep their files in XDG directories.";
    };
  };

  config.home = {
    username = fromEnvironment "USER";
    homeDirectory = fromEnvironment "HOME";
  };
}
