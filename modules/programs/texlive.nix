{
  cfg,
  lib,
  pkgs,
  types,
  ...
}:

{
  title = "TeX Live";
  docs = "https://nixos.org/manual/nixpkgs/stable/#sec-language-texlive";
  package = null;
  installed = cfg.package;

  options = {
    packageSet = lib.mkOption {
      default = lib.hm.options.neededPackage pkgs "texlive";
      defaultText = lib.literalExpression "pkgs.texlive";
      description = "The set that packages of TeX Live come from.";
    };

    extraPackages = lib.mkOption {
      default = set: { inherit (set) collection-basic; };
      defaultText = "tpkgs: { inherit (tpkgs) collection-basic; }";
      example = lib.literalExpression ''
        tpkgs: { inherit (tpkgs) collection-fontsrecommended algorithms; }
      '';
      description = "The packages to install, of the set that the function is given.";
    };

    package = lib.mkOption {
      type = types.package;
      readOnly = true;
      description = "The package of them all.";
    };
  };

  config = {
    assertions = [
      {
        assertion = cfg.extraPackages cfg.packageSet != { };
        message = "Must provide at least one extra package in 'programs.texlive.extraPackages'.";
      }
    ];

    programs.texlive.package = cfg.packageSet.withPackages (
      set: lib.attrValues (cfg.extraPackages set)
    );
  };
}
