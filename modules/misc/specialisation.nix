# Variants of a home: each is a generation of its own inside the generation.
{
  config,
  extendModules,
  lib,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.specialisation;
in
{
  options.specialisation = mkOption {
    type = types.attrsOf (
      types.submodule {
        options.configuration = mkOption {
          type =
            let
              extended = extendModules {
                modules = [ { specialisation = lib.mkOverride 0 { }; } ];
              };
            in
            extended.type;
          default = { };
          visible = "shallow";
          description = "What this variant sets on top of the configuration.";
        };
      }
    );
    default = { };
    description = "Named variants of the configuration.";
  };

  config = lib.mkIf (cfg != { }) {
    assertions = map (name: {
      assertion = !lib.hasInfix "/" name;
      message = "<name> in specialisation.<name> cannot contain a forward slash.";
    }) (builtins.attrNames cfg);

    home.extraBuilderCommands =
      let
        link =
          name: variant:
          let
            package = variant.configuration.home.activationPackage;
          in
          "ln -s ${package} $out/specialisation/${lib.escapeShellArg name}";
      in
      ''
        mkdir $out/specialisation
        ${lib.concatStringsSep "\n" (lib.mapAttrsToList link cfg)}
      '';
  };
}
