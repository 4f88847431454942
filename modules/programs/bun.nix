{
  cfg,
  exe,
  lib,
  ...
}:

{
  title = "Bun, which runs JavaScript";
  docs = "https://bun.sh/docs/runtime/bunfig";

  files.settings = {
    format = "toml";
    storeName = "bun-config";
    xdg = ".bunfig.toml";
    example = {
      smol = true;
      test.coverage = true;
    };
  };

  options.enableGitIntegration = lib.mkEnableOption "git's showing the differences of Bun's lock files" // {
    default = true;
  };

  config = {
    warnings = lib.optional (cfg.package == null && cfg.enableGitIntegration) ''
      You have enabled git integration for `bun` but have not set `package`.

      Git integration will not be configured.
    '';

    programs.git = lib.mkIf (cfg.enableGitIntegration && cfg.package != null) {
      attributes = [ "*.lockb binary diff=lockb" ];
      settings.diff.lockb = {
        textconv = exe;
        binary = true;
      };
    };
  };
}
