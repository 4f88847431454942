{
  cfg,
  config,
  exe,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  logs = "${config.home.homeDirectory}/Library/Logs/skhd";

  log =
    what: text:
    lib.mkOption {
      type = types.nullOr (types.either types.path types.str);
      defaultText = lib.literalExpression "\${config.home.homeDirectory}/Library/Logs/skhd/${text}.log";
      example = "/Users/khaneliman/Library/Logs/skhd.log";
      description = "The file with ${what}.";
    };
in
{
  title = "skhd, which runs commands by keys on macOS";
  docs = "https://github.com/koekeishiya/skhd";
  darwinOnly = true;

  options = {
    errorLogFile = log "errors" "err";
    outLogFile = log "output" "out";
    config = option (types.nullOr (types.either types.path types.lines)) null "Contents of {file}`$XDG_CONFIG_HOME/skhd/skhdrc`." // {
      example = "cmd - return : open -na Terminal";
    };
  };

  config = {
    services.skhd = {
      errorLogFile = lib.mkOptionDefault "${logs}/skhd.err.log";
      outLogFile = lib.mkOptionDefault "${logs}/skhd.out.log";
    };

    launchd.agents.skhd = {
      enable = true;
      config = {
        ProgramArguments = [ exe ];
        ProcessType = "Interactive";
        KeepAlive = true;
        RunAtLoad = true;
        StandardErrorPath = cfg.errorLogFile;
        StandardOutPath = cfg.outLogFile;
      };
    };

    xdg.configFile."skhd/skhdrc" = lib.mkIf (cfg.config != null) {
      source =
        if lib.isPath cfg.config || lib.isStorePath cfg.config then
          cfg.config
        else
          pkgs.writeScript "skhdrc" cfg.config;
    };
  };
}
