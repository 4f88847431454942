{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "grep";
  title = "{command}`grep`";
  package = "gnugrep";

  options.colors = lib.mkOption {
    type = lib.types.attrsOf lib.types.str;
    default = { };
    example.error = "01;31";
    description = "What is coloured how, in {env}`GREP_COLORS`.";
  };

  extraConfig = cfg: {
    home.sessionVariables = lib.mkIf (cfg.colors != { }) {
      GREP_COLORS = lib.concatStringsSep ":" (
        lib.mapAttrsToList (what: colour: "${what}=${colour}") cfg.colors
      );
    };
  };
}
