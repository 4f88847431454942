{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption;

  cfg = config.programs.emacs;

  defaultPriority = (lib.mkOptionDefault { }).priority;

  packages = (pkgs.emacsPackagesFor cfg.package).overrideScope cfg.overrides;

  # What Emacs reads at every start is the library `default`.
  withConfiguration =
    epkgs:
    let
      chosen = cfg.extraPackages epkgs;
    in
    chosen
    ++ lib.optional (cfg.extraConfig != "") (
      epkgs.trivialBuild {
        pname = "default";
        version = "0.1.0";
        src = pkgs.writeText "default.el" cfg.extraConfig;
        packageRequires = chosen;
      }
    );
in
{
  options.programs.emacs = {
    enable = lib.mkEnableOption "Emacs";

    package = lib.hm.options.packageOption pkgs "emacs" { };

    extraConfig = mkOption {
      type = lib.types.lines;
      default = "";
      example = "(setq standard-indent 2)";
      description = "Lines that Emacs reads when it starts, before those of the user.";
    };

    extraPackages = mkOption {
      type = lib.hm.types.selectorFunction;
      default = _epkgs: [ ];
      defaultText = lib.literalExpression "epkgs: [ ]";
      example = lib.literalExpression "epkgs: [ epkgs.magit ]";
      description = "Packages of Emacs.";
    };

    overrides = mkOption {
      type = lib.hm.types.overlayFunction;
      default = _final: _prev: { };
      defaultText = lib.literalExpression "final: prev: { }";
      description = "Changes to the packages of Emacs.";
    };

    finalPackage = mkOption {
      type = lib.types.nullOr lib.types.package;
      readOnly = true;
      visible = false;
      description = "Emacs with its packages.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion =
          cfg.package != null
          || (cfg.extraConfig == "" && options.programs.emacs.extraPackages.highestPrio >= defaultPriority);
        message = ''
          `programs.emacs.extraConfig` and `programs.emacs.extraPackages` are built into a package of
          Emacs, and `programs.emacs.package` is null. Set it, or write the configuration to
          `xdg.configFile."emacs/init.el"`.
        '';
      }
    ];

    home.packages = lib.optional (cfg.finalPackage != null) cfg.finalPackage;
    programs.emacs.finalPackage =
      if cfg.package == null then null else packages.emacsWithPackages withConfiguration;
  };
}
