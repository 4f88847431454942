{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.programs.git-credential-oauth;

  # git completes the name of a helper that is not a path.
  helper =
    if cfg.package == null then "oauth" else "${cfg.package}/bin/git-credential-oauth";
in
{
  options.programs.git-credential-oauth = {
    enable = lib.mkEnableOption "git-credential-oauth";

    package = lib.hm.options.packageOption pkgs "git-credential-oauth" { nullable = true; };

    extraFlags = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "-device" ];
      description = "Command line options.";
    };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    programs.git.settings.credential.helper = lib.mkAfter [
      (lib.concatStringsSep " " ([ helper ] ++ cfg.extraFlags))
    ];
  };
}
