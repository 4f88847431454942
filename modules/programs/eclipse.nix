{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "Eclipse";
  docs = "https://www.eclipse.org/documentation/";
  package = [
    "eclipses"
    "eclipse-platform"
  ];
  packageOption.example = "pkgs.eclipses.eclipse-java";
  installed =
    if cfg.package == null then
      null
    else
      (lib.hm.options.neededPackage pkgs "eclipses").eclipseWithPlugins {
        eclipse = cfg.package;
        jvmArgs =
          cfg.jvmArgs ++ lib.optional cfg.enableLombok "-javaagent:${pkgs.lombok}/share/java/lombok.jar";
        inherit (cfg) plugins;
      };

  options = {
    enableLombok = option types.bool false "Whether Eclipse knows Lombok, <https://projectlombok.org/>." // {
      example = true;
    };
    jvmArgs = option (types.listOf types.str) [ ] "Arguments of the Java virtual machine.";
    plugins = option (types.listOf types.package) [ ] "Packages of plugins.";
  };
}
