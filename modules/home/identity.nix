# Whose home it is, and where.
{ config, lib, ... }:

let
  inherit (lib) mkDefault mkIf mkOption types versionOlder;
  inherit (config.home) stateVersion;
in
{
  options.home = {
    username = mkOption {
      type = types.nonEmptyStr;
      example = "jane.doe";
      description = "The user's name.";
    };

    uid = mkOption {
      type = types.nullOr types.ints.unsigned;
      default = null;
      description = "The user's number; activation refuses to run as anybody else.";
    };

    homeDirectory = mkOption {
      type = types.path;
      apply = toString;
      example = "/home/jane.doe";
      description = "The user's home directory: an absolute path.";
    };

    profileDirectory = mkOption {
      type = types.path;
      defaultText = lib.literalExpression ''"''${home.homeDirectory}/.nix-profile"'';
      default =
        if config.submoduleSupport.enable && config.submoduleSupport.externalPackageInstall then
          "/etc/profiles/per-user/${config.home.username}"
        else if config.nix.enable && (config.nix.settings.use-xdg-base-directories or false) == true then
          "${config.xdg.stateHome}/nix/profile"
        else
          "${config.home.homeDirectory}/.nix-profile";
      readOnly = true;
      description = "The profile in which packages are installed.";
    };

    preferXdgDirectories = lib.mkEnableOption "the XDG directories wherever a program can use them";
  };

  # Before 20.09 both came from the environment.
  config.home = mkIf (versionOlder stateVersion "20.09") {
    username = mkDefault (builtins.getEnv "USER");
    homeDirectory = mkDefault (builtins.getEnv "HOME");
  };
}
