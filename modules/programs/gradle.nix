{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  properties = pkgs.formats.javaProperties { };

  script = types.submodule (
    { name, config, ... }:
    {
      options = {
        text = option (types.nullOr types.lines) null "Contents of the script.";
        source = lib.mkOption {
          type = types.path;
          description = "File of the script.";
        };
      };
      config.source = lib.mkIf (config.text != null) (
        lib.mkDefault (
          pkgs.writeTextFile {
            inherit (config) text;
            name = lib.hm.strings.storeFileName name;
          }
        )
      );
    }
  );
in
{
  title = "Gradle, a build tool";
  docs = "https://docs.gradle.org/current/userguide/build_environment.html";
  packageOption.example = "pkgs.gradle_7";

  options = {
    home = option types.str ".gradle" "Directory of Gradle, below the home directory.";

    settings = option (types.submodule { freeformType = properties.type; }) { } "Contents of {file}`gradle.properties`. See <https://docs.gradle.org/current/userguide/build_environment.html>." // {
      example."org.gradle.parallel" = true;
    };

    initScripts = option (types.attrsOf script) { } "Scripts by name. See <https://docs.gradle.org/current/userguide/init_scripts.html>." // {
      example."maven-local.gradle".text = ''
        allprojects { repositories { mavenLocal() } }
      '';
    };
  };

  config.home = {
    file = {
      "${cfg.home}/gradle.properties" = lib.mkIf (cfg.settings != { }) {
        source = properties.generate "gradle.properties" cfg.settings;
      };
    }
    // lib.hm.files.inDirectory "${cfg.home}/init.d" "" (_name: script: {
      inherit (script) source;
    }) cfg.initScripts;

    sessionVariables = lib.mkIf (cfg.home != ".gradle") {
      GRADLE_USER_HOME = "${config.home.homeDirectory}/${cfg.home}";
    };
  };
}
