{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  words = lib.concatStringsSep " ";

  command = "${lib.hm.options.programPath' cfg.package "keychain"} --eval ${
    words (
      cfg.extraFlags
      ++ lib.optional (cfg.agents != [ ]) "--agents ${lib.concatStringsSep "," cfg.agents}"
      ++ lib.optional (cfg.inheritType != null) "--inherit ${cfg.inheritType}"
    )
  } ${words cfg.keys}";

  deprecated = name: ''
    Option `programs.keychain.${name}` is deprecated and will be removed in the future.
    Please avoid using it.
    See https://github.com/funtoo/keychain/releases/tag/2.9.0 for more information
  '';
  isNew = cfg.package != null && lib.versionAtLeast cfg.package.version "2.9.0";
in
{
  title = "keychain, which has one SSH or GPG agent for all sessions";
  docs = "https://www.funtoo.org/Funtoo:Keychain";

  shells = {
    bash = ''
      eval "$(SHELL=bash ${command})"
    '';
    fish = ''
      SHELL=fish eval (${command})
    '';
    zsh = ''
      eval "$(SHELL=zsh ${command})"
    '';
    nushell = ''
      let keychain_shell_command = (SHELL=bash ${command}| parse -r '(\w+)="?(.*?)"?; export \1' | transpose -ird)
      if not ($keychain_shell_command|is-empty) {
        $keychain_shell_command | load-env
      }
    '';
  };

  options = {
    keys = option (types.listOf types.str) [ "id_rsa" ] "Keys to add to the agent.";
    agents = option (types.listOf types.str) [ ] "Agents to start. Deprecated since keychain 2.9.";
    inheritType = option (types.nullOr (
      types.enum [
        "local"
        "any"
        "local-once"
        "any-once"
      ]
    )) null "Which agents of the environment are used. Deprecated since keychain 2.9.";
    extraFlags = option (types.listOf types.str) [ "--quiet" ] "Further arguments of keychain.";
    enableXsessionIntegration = option types.bool true "Whether the X session has the agent too.";
  };

  config = {
    warnings =
      lib.optional (isNew && cfg.agents != [ ]) (deprecated "agents")
      ++ lib.optional (isNew && cfg.inheritType != null) (deprecated "inheritType");

    xsession.initExtra = lib.mkIf cfg.enableXsessionIntegration ''
      eval "$(SHELL=bash ${command})"
    '';
  };
}
