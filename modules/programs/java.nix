{ cfg, lib, ... }:

{
  title = "Java";
  docs = "https://dev.java/learn/";
  package = "jdk";
  packageOption.example = "pkgs.jre";

  config.home.sessionVariables = lib.mkIf (cfg.package != null) {
    JAVA_HOME = "${cfg.package.home}";
  };
}
