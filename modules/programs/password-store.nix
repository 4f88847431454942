{
  cfg,
  config,
  lib,
  options,
  types,
  ...
}:

let
  directory = "${config.xdg.dataHome}/password-store";

  settingsDefault = lib.hm.deprecations.mkStateVersionOptionDefault {
    inherit (config.home) stateVersion;
    inherit config options;
    since = "25.11";
    optionPath = [
      "programs"
      "password-store"
      "settings"
    ];
    legacy = {
      value.PASSWORD_STORE_DIR = directory;
      text = ''{ PASSWORD_STORE_DIR = "''${config.xdg.dataHome}/password-store"; }'';
    };
    current.value = { };
    deferWarningToConfig = true;
  };

  settings =
    lib.optionalAttrs settingsDefault.shouldWarn settingsDefault.effectiveDefault // cfg.settings;
in
{
  title = "pass, the standard Unix password manager";
  docs = "https://www.passwordstore.org/";
  package = "pass";
  packageOption = {
    example = "pkgs.pass.withExtensions (exts: [ exts.pass-otp ])";
    extraDescription = "It can have extensions.";
  };

  options.settings = lib.mkOption {
    type = types.attrsOf types.str;
    inherit (settingsDefault) default defaultText;
    example.PASSWORD_STORE_CLIP_TIME = "60";
    description = ''
      Environment variables of pass. See the section "ENVIRONMENT VARIABLES" of {manpage}`pass(1)`,
      <https://git.zx2c4.com/password-store/about/>.
    '';
  };

  config = {
    warnings = lib.optional settingsDefault.shouldWarn settingsDefault.warning;

    home.sessionVariables = settings;
    xsession.importedVariables = lib.mkIf config.xsession.enable (lib.attrNames settings);

    services = lib.optionalAttrs (options.services ? pass-secret-service) {
      pass-secret-service = lib.mkIf (settings ? PASSWORD_STORE_DIR) {
        storePath = settings.PASSWORD_STORE_DIR;
      };
    };
  };
}
