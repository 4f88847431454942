{
  cfg,
  config,
  lib,
  option,
  types,
  ...
}:

let
  directory = base: variable: description: option types.str "${base}/sage" description // {
    defaultText = lib.literalExpression "\${config.xdg.${variable}}/sage";
  };
in
{
  title = "SageMath, which computes";
  docs = "https://doc.sagemath.org/html/en/reference/repl/startup.html";
  package = "sage";

  options = {
    configDir = directory config.xdg.configHome "configHome" "Directory of the script.";
    dataDir = directory config.xdg.dataHome "dataHome" "Directory of Sage's own files.";
    initScript = option types.lines "" "Code at each start." // {
      example = "%colors linux";
    };
  };

  config.home = {
    file."${cfg.configDir}/init.sage".text = cfg.initScript;
    sessionVariables = {
      DOT_SAGE = cfg.dataDir;
      SAGE_STARTUP_FILE = "${cfg.configDir}/init.sage";
    };
  };
}
