{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.programs.rbw;

  jsonFormat = pkgs.formats.json { };

  configHome =
    if pkgs.stdenv.hostPlatform.isDarwin then "Library/Application Support" else config.xdg.configHome;

  url =
    what:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "bitwarden.example.com/";
      description = "Where ${what} is, if it is not Bitwarden's own.";
    };
in
{
  options.programs.rbw = {
    enable = lib.mkEnableOption "rbw, a client of Bitwarden";

    package = lib.hm.options.packageOption pkgs "rbw" { };

    settings = mkOption {
      type = types.nullOr (
        types.submodule {
          freeformType = jsonFormat.type;
          options = {
            email = mkOption {
              type = types.str;
              example = "name@example.com";
              description = "The address of the account.";
            };

            base_url = url "the server";
            identity_url = url "the server of identities";

            lock_timeout = mkOption {
              type = types.ints.unsigned;
              default = 3600;
              example = 300;
              description = "How long the password is remembered, in seconds.";
            };

            pinentry = mkOption {
              type = types.nullOr types.package;
              default = null;
              apply = package: if package == null then null else lib.getExe package;
              example = lib.literalExpression "pkgs.pinentry-gnome3";
              description = "What asks for the password.";
            };
          };
        }
      );
      default = null;
      example.email = "name@example.com";
      description = "Settings of rbw. If null, rbw keeps its own.";
    };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    home.file."${configHome}/rbw/config.json" = lib.mkIf (cfg.settings != null) {
      source = jsonFormat.generate "rbw-config.json" (
        lib.filterAttrs (_name: value: value != null) cfg.settings
      );
    };
  };
}
