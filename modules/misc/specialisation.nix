# Variants of a home. Each is a generation of its own, beside that of the whole.
{
  config,
  name,
  extendModules,
  lib,
  pkgs,
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

  # The same for the package set that makes trees by steps.
  linkStep =
    variantName: generation:
    "symlink ${generation} ${lib.escapeShellArg "specialisation/${variantName}"}\n";

  isEmbedded = pkgs.isHomeManagerEmbedded or false;

  forEachVariant =
    make:
    lib.mapAttrsToList (
      variantName: { configuration, ... }: make variantName configuration.home.activationPackage
    ) config.specialisation;
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

    home.extraBuilderCommands = lib.mkIf (!isEmbedded) (
      ''
        mkdir "$out/specialisation"
      ''
      + lib.concatStrings (forEachVariant link)
    );

    home.internal.generationSteps = lib.mkIf isEmbedded (
      "directory specialisation\n" + lib.concatStrings (forEachVariant linkStep)
    );
  };
}
