# Variants of a home. Each is a generation of its own, beside that of the whole.
{
  config,
  name,
  extendModules,
  lib,
  ...
}:

let
  inherit (lib) mkOption types;

  variant = extendModules {
    modules = [
      {
        # A variant has no variants.
        specialisation = lib.mkOverride 0 { };

        # Within a system, `name` is that of the user; here it would be "configuration".
        _module.args.name = lib.mkForce name;
      }
    ];
  };

  link = variantName: generation: ''
    ln -s ${generation} "$out/specialisation/"${lib.escapeShellArg variantName}
  '';
in
{
  imports = [ (lib.mkRenamedOptionModule [ "specialization" ] [ "specialisation" ]) ];

  options.specialisation = mkOption {
    type = types.attrsOf (
      types.submodule {
        options.configuration = mkOption {
          inherit (variant) type;
          default = { };
          visible = "shallow";
          description = "Settings of this variant, in addition to those of the home.";
        };
      }
    );
    default = { };
    example.dark.configuration.programs.bat.config.theme = "Coldark-Dark";
    description = ''
      Variants of this home by their name. Each is built with it and activated by
      {command}`home-manager switch --specialisation NAME`.
    '';
  };

  config = lib.mkIf (config.specialisation != { }) {
    assertions = map (variantName: {
      assertion = !lib.hasInfix "/" variantName;
      message = "<name> in specialisation.<name> cannot contain a forward slash.";
    }) (builtins.attrNames config.specialisation);

    home.extraBuilderCommands = ''
      mkdir "$out/specialisation"
    ''
    + lib.concatStrings (
      lib.mapAttrsToList (
        variantName: { configuration, ... }: link variantName configuration.home.activationPackage
      ) config.specialisation
    );
  };
}
