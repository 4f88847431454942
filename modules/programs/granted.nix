{
  cfg,
  config,
  lib,
  types,
  ...
}:

let
  prefix = lib.hm.options.installPrefix cfg.package;
in
{
  title = "Granted, which gives access to clouds";
  docs = "https://docs.commonfate.io/granted/";

  shells.zsh = ''
    function assume() {
      export GRANTED_ALIAS_CONFIGURED="true"
      source ${prefix}/bin/assume "$@"
      unset GRANTED_ALIAS_CONFIGURED
    }
  '';

  options.enableFishIntegration = lib.hm.shell.mkFishIntegrationOption { inherit config; };

  config.programs.fish.functions.assume = lib.mkIf cfg.enableFishIntegration ''
    set -x GRANTED_ALIAS_CONFIGURED "true"
    source ${prefix}/share/assume.fish $argv
    set -e GRANTED_ALIAS_CONFIGURED
  '';
}
