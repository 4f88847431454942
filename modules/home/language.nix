{ config, lib, ... }:

let
  inherit (lib) mkOption types;

  # The variable that each option sets, and what that is for.
  categories = {
    base = {
      variable = "LANG";
      purpose = "everything that has no option of its own";
    };
    ctype = {
      variable = "LC_CTYPE";
      purpose = "kinds of characters";
    };
    numeric = {
      variable = "LC_NUMERIC";
      purpose = "numbers";
    };
    time = {
      variable = "LC_TIME";
      purpose = "dates and times";
    };
    collate = {
      variable = "LC_COLLATE";
      purpose = "sorting";
    };
    monetary = {
      variable = "LC_MONETARY";
      purpose = "amounts of money";
    };
    messages = {
      variable = "LC_MESSAGES";
      purpose = "what programs say";
    };
    paper = {
      variable = "LC_PAPER";
      purpose = "sizes of paper";
    };
    name = {
      variable = "LC_NAME";
      purpose = "names of people";
    };
    address = {
      variable = "LC_ADDRESS";
      purpose = "addresses";
    };
    telephone = {
      variable = "LC_TELEPHONE";
      purpose = "telephone numbers";
    };
    measurement = {
      variable = "LC_MEASUREMENT";
      purpose = "units of measurement";
    };
  };

  chosen = lib.filterAttrs (name: _category: config.home.language.${name} != null) categories;
in
{
  options.home.language = mkOption {
    type = types.submodule {
      options = lib.mapAttrs (
        _name: { variable, purpose }:
        mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "en_GB.UTF-8";
          description = "The locale for ${purpose} ({env}`${variable}`).";
        }
      ) categories;
    };
    default = { };
    description = "Locales.";
  };

  config.home.sessionVariables = lib.mapAttrs' (
    name: { variable, ... }: lib.nameValuePair variable config.home.language.${name}
  ) chosen;
}
