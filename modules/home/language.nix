# Language and keyboard.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.home.language;

  # From the option to the variable that it sets.
  variables = {
    base = "LANG";
    ctype = "LC_CTYPE";
    numeric = "LC_NUMERIC";
    time = "LC_TIME";
    collate = "LC_COLLATE";
    monetary = "LC_MONETARY";
    messages = "LC_MESSAGES";
    paper = "LC_PAPER";
    name = "LC_NAME";
    address = "LC_ADDRESS";
    telephone = "LC_TELEPHONE";
    measurement = "LC_MEASUREMENT";
  };

  since = release: lib.versionAtLeast config.home.stateVersion release;

  optional =
    description:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      inherit description;
    };
in
{
  options.home = {
    language = mkOption {
      type = types.submodule {
        options = lib.mapAttrs (_name: variable: optional "The value of ${variable}.") variables;
      };
      default = { };
      description = "Language and formats.";
    };

    keyboard = mkOption {
      type = types.nullOr (
        types.submodule {
          options = {
            layout = mkOption {
              type = types.nullOr types.str;
              default = if since "19.09" then null else "us";
              description = "The layout; null leaves the system's.";
            };
            model = optional "The model.";
            options = mkOption {
              type = types.listOf types.str;
              default = [ ];
              example = [ "grp:caps_toggle" ];
              description = "Options of X keyboards.";
            };
            variant = mkOption {
              type = types.nullOr types.str;
              default = if since "19.09" then null else "";
              description = "The variant of the layout.";
            };
          };
        }
      );
      default = if since "21.11" then null else { };
      description = "The keyboard; null: leave it alone.";
    };
  };

  config.home.sessionVariables = lib.mapAttrs' (name: variable: {
    name = variable;
    value = cfg.${name};
  }) (lib.filterAttrs (name: _variable: cfg.${name} != null) variables);
}
