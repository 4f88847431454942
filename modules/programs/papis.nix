{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  settings = types.attrsOf (
    types.oneOf [
      types.bool
      types.int
      types.str
    ]
  );

  defaults = lib.attrNames (lib.filterAttrs (_name: library: library.isDefault) cfg.libraries);
in
{
  title = "papis, which manages documents";
  docs = "https://papis.readthedocs.io/en/latest/configuration.html";

  options = {
    settings = option settings { } "Settings. See <https://papis.readthedocs.io/en/latest/configuration.html>." // {
      example = {
        editor = "nvim";
        add-edit = true;
      };
    };

    libraries = option (types.attrsOf (
      types.submodule (
        { name, ... }:
        {
          options = {
            name = option types.str name "Name of the library." // {
              readOnly = true;
            };
            isDefault = option types.bool false "Whether this is the default library; just one is." // {
              example = true;
            };
            settings = option settings { } "Settings of the library." // {
              example.dir = "~/papers/";
            };
          };
        }
      )
    )) { } "Libraries by name.";
  };

  config.xdg.configFile."papis/config".text = lib.generators.toINI { } (
    lib.mapAttrs (_name: library: library.settings) cfg.libraries
    // {
      settings =
        cfg.settings
        // lib.optionalAttrs (cfg.libraries != { }) { "default-library" = lib.head defaults; };
    }
  );
}
