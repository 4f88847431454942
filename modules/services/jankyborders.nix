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
  logs = "${config.home.homeDirectory}/Library/Logs/borders";

  log =
    what: text:
    lib.mkOption {
      type = types.nullOr (types.either types.path types.str);
      defaultText = lib.literalExpression "\${config.home.homeDirectory}/Library/Logs/jankyborders/${text}.log";
      example = "/Users/khaneliman/Library/Logs/jankyborders.log";
      description = "The file with ${what}.";
    };
in
{
  title = "JankyBorders, which gives windows on macOS borders";
  docs = "https://github.com/FelixKratz/JankyBorders";
  darwinOnly = true;

  options = {
    errorLogFile = log "errors" "err";
    outLogFile = log "output" "out";
    settings = option (types.attrsOf types.anything) { } "Arguments of {command}`borders`." // {
      example = {
        style = "round";
        width = 6.0;
      };
    };
  };

  config = {
    services.jankyborders = {
      errorLogFile = lib.mkOptionDefault "${logs}/borders.err.log";
      outLogFile = lib.mkOptionDefault "${logs}/borders.out.log";
    };

    launchd.agents.jankyborders = {
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

    xdg.configFile."borders/bordersrc".source = pkgs.writeShellScript "bordersrc" ''
      options=(
      ${lib.generators.toKeyValue { indent = "  "; } cfg.settings})

      ${exe} "''${options[@]}"
    '';
  };
}
