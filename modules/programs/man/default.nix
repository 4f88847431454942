{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.programs.man;

  isEmbedded = pkgs.isHomeManagerEmbedded or false;

  default =
    if isEmbedded then
      null
    else if pkgs.stdenv.hostPlatform.isDarwin && lib.versionAtLeast config.home.stateVersion "26.05" then
      null
    else if cfg.man-db.enable then
      pkgs.man
    else if cfg.mandoc.enable then
      pkgs.mandoc
    else
      null;
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "programs" "man" "extraConfig" ]
      [ "programs" "man" "man-db" "extraConfig" ]
    )
    ./man-db.nix
    ./mandoc.nix
  ];

  options.programs.man = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether to install the command {command}`man`, and the manual pages of packages.";
    };

    package = mkOption {
      type = types.nullOr types.package;
      inherit default;
      defaultText = lib.literalMD "`pkgs.man` or `pkgs.mandoc`, whichever is enabled; `null` on macOS";
      description = "The package with {command}`man`, or `null` if the system has it.";
    };

    generateCaches = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether {command}`apropos` finds manual pages. Indexing them makes every build of the
        home slower.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    warnings = lib.optional (
      cfg.generateCaches && cfg.package == null
    ) "programs.man.generateCaches has no effect when programs.man.package is null";

    assertions = [
      {
        assertion = !(cfg.mandoc.enable && cfg.man-db.enable);
        message = ''
          man-db and mandoc can't be used as the man page viewer at the same time!
        '';
      }
    ];

    home.packages = lib.optional (cfg.package != null) cfg.package;
    home.extraOutputsToInstall = [ "man" ];
  };
}
