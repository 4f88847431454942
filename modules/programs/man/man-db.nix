{
  config,
  lib,
  pkgs,
  ...
}:

let
  man = config.programs.man;
  cfg = man.man-db;

  pages = pkgs.buildEnv {
    name = "man-paths";
    paths = config.home.packages;
    pathsToLink = [ "/share/man" ];
    extraOutputsToInstall = [ "man" ];
    ignoreCollisions = true;
  };

  index = pkgs.runCommandLocal "man-cache" { nativeBuildInputs = [ man.package ]; } ''
    mkdir -p $out
    echo "MANDB_MAP ${pages}/share/man $out" > man.conf
    mandb -C man.conf --no-straycats --create ${pages}/share/man
  '';
in
{
  options.programs.man.man-db = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = true;
      example = false;
      description = "Whether {command}`man` is that of man-db.";
    };

    extraConfig = lib.mkOption {
      type = lib.types.lines;
      default = "";
      example = "SECTION 1 n l 8 3 0 2 3type 5 4 9 6 7";
      description = "Lines at the end of {file}`~/.manpath`, which says where pages are.";
    };
  };

  config = lib.mkIf (man.enable && cfg.enable) {
    warnings = lib.optional (
      cfg.extraConfig != "" && !man.generateCaches
    ) "programs.man.man-db.extraConfig has no effect when programs.man.generateCaches is false";

    home.file = lib.mkIf (man.generateCaches && man.package != null) {
      ".manpath".text = ''
        MANDB_MAP ${config.home.profileDirectory}/share/man ${index}
      ''
      + lib.optionalString (cfg.extraConfig != "") "\n${cfg.extraConfig}";
    };
  };
}
