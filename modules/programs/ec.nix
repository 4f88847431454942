{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "ec";
  title = "ec, which resolves conflicts in the terminal";

  options.enableGitIntegration = lib.mkOption {
    type = lib.types.bool;
    default = false;
    description = "Whether {command}`git mergetool` uses ec.";
  };

  extraConfig = cfg: {
    programs.git.settings = lib.mkIf cfg.enableGitIntegration {
      merge.tool = "ec";
      mergetool.ec = {
        cmd = ''${lib.hm.options.programPath cfg.package "ec"} "$BASE" "$LOCAL" "$REMOTE" "$MERGED"'';
        trustExitCode = true;
      };
    };
  };
}
