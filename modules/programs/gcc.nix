{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "gcc";
  title = "{command}`gcc`";

  options.colors = lib.mkOption {
    type = lib.types.attrsOf lib.types.str;
    default = { };
    example.error = "01;31";
    description = "What is coloured how, in {env}`GCC_COLORS`.";
  };

  extraConfig = cfg: {
    home.sessionVariables = lib.mkIf (cfg.colors != { }) {
      GCC_COLORS = lib.concatStringsSep ":" (
        lib.mapAttrsToList (what: colour: "${what}=${colour}") cfg.colors
      );
    };
  };
}
