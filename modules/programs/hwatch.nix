{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "hwatch";
  title = "hwatch, which repeats a command and shows what changes";

  options.extraArgs = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    default = [ ];
    example = [ "--color" ];
    description = "Arguments that {command}`hwatch` always has.";
  };

  extraConfig = cfg: {
    home.sessionVariables = lib.mkIf (cfg.extraArgs != [ ]) {
      HWATCH = lib.escapeShellArgs cfg.extraArgs;
    };
  };
}
