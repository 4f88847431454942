{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.xdg.autostart;
in
{
  options.xdg.autostart = {
    enable = lib.mkEnableOption "programs that start with the desktop";

    readOnly = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether other programs are kept from adding to the directory.";
    };

    entries = mkOption {
      type = types.listOf types.path;
      default = [ ];
      example = lib.literalExpression ''
        [ "''${pkgs.evolution}/share/applications/org.gnome.Evolution.desktop" ]
      '';
      description = "The desktop files of the programs.";
    };
  };

  config = lib.mkIf (cfg.enable && (cfg.readOnly || cfg.entries != [ ])) {
    xdg.configFile.autostart = {
      recursive = !cfg.readOnly;
      source = pkgs.runCommandLocal "xdg-autostart-entries" { } ''
        mkdir -p $out
        ${lib.concatMapStringsSep "\n" (entry: "ln -s ${entry} $out") cfg.entries}
      '';
    };
  };
}
