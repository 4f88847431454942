{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  required = description: lib.mkOption {
    type = types.str;
    inherit description;
  };

  listOption = type: example: description: option (types.listOf type) [ ] description // { inherit example; };

  pluginText = plugin: ''
    addSbtPlugin("${plugin.org}" % "${plugin.artifact}" % "${plugin.version}")
  '';

  credentialText =
    number: credential:
    let
      name = "credential_${toString number}";
    in
    ''
      lazy val ${name} = "${credential.passwordCommand}".!!.trim
      ThisBuild / credentials += Credentials("${credential.realm}", "${credential.host}", "${credential.user}", ${name})
    '';

  repositoryText =
    repository:
    if lib.isString repository then
      "${repository}\n"
    else
      "${lib.concatStrings (lib.mapAttrsToList (name: url: "${name}: ${url}") repository)}\n";
in
{
  title = "sbt, a build tool for Scala";
  docs = "https://www.scala-sbt.org/1.x/docs/Global-Settings.html";

  removed.baseConfigPath = "Use programs.sbt.baseUserConfigPath instead, but note that the semantics are slightly different.";

  options = {
    baseUserConfigPath = option types.str ".sbt" "Directory of the configuration, below the home directory.";

    plugins = listOption (types.submodule {
      options = {
        org = required "Organization of the plugin.";
        artifact = required "Name of the plugin.";
        version = required "Version of the plugin.";
      };
    }) [
      {
        org = "net.virtual-void";
        artifact = "sbt-dependency-graph";
        version = "0.10.0-RC1";
      }
    ] "Plugins for all projects.";

    pluginsExtra = listOption types.str [ "addDependencyTreePlugin" ] "Further lines after the plugins.";

    credentials = listOption (types.submodule {
      options = {
        realm = required "Realm of the server.";
        host = required "Host of the server.";
        user = required "Name of the user.";
        passwordCommand = required "Command that prints the password.";
      };
    }) [
      {
        realm = "Sonatype Nexus Repository Manager";
        host = "example.com";
        user = "alice";
        passwordCommand = "pass show sbt/alice@example.com";
      }
    ] "Credentials of repositories.";

    repositories = listOption (types.either (types.enum [
      "local"
      "maven-central"
      "maven-local"
    ]) (types.attrsOf types.str)) [
      "local"
      { company = "https://repo.example.com/maven/"; }
      "maven-central"
    ] "Repositories, instead of sbt's own. See <https://www.scala-sbt.org/1.x/docs/Launcher-Configuration.html>.";
  };

  config.home.file = {
    "${cfg.baseUserConfigPath}/1.0/plugins/plugins.sbt" =
      lib.mkIf (cfg.plugins != [ ] || cfg.pluginsExtra != [ ])
        {
          text =
            lib.concatMapStrings pluginText cfg.plugins
            + lib.concatStringsSep "\n" cfg.pluginsExtra
            + "\n";
        };

    "${cfg.baseUserConfigPath}/1.0/credentials.sbt" = lib.mkIf (cfg.credentials != [ ]) {
      text = ''
        import scala.sys.process._
        ${lib.concatStrings (lib.imap0 credentialText cfg.credentials)}'';
    };

    "${cfg.baseUserConfigPath}/repositories" = lib.mkIf (cfg.repositories != [ ]) {
      text = ''
        [repositories]
        ${lib.concatMapStrings repositoryText cfg.repositories}'';
    };
  };
}
