{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  cfg = config.programs.firefox;

  modulePath = [
    "programs"
    "firefox"
  ];

  configPathDefault = lib.hm.deprecations.mkStateVersionOptionDefault {
    inherit (config.home) stateVersion;
    inherit config options;
    since = "26.05";
    deferWarningToConfig = true;
    optionPath = modulePath ++ [ "configPath" ];
    legacy.value = ".mozilla/firefox";
    current = {
      value = "${
        lib.removePrefix "${config.home.homeDirectory}/" config.xdg.configHome
      }/mozilla/firefox";
      text = ''"''${config.xdg.configHome}/mozilla/firefox"'';
    };
    shouldWarn =
      { optionUsesDefaultPriority, ... }:
      optionUsesDefaultPriority && !pkgs.stdenv.hostPlatform.isDarwin;
    extraWarning = ''
      To migrate to the XDG path, move `~/.mozilla/firefox` to
      `$XDG_CONFIG_HOME/mozilla/firefox` and remove the old directory.
      Native messaging hosts are not moved by this option change.
    '';
  };

  removed = name: lib.mkRemovedOptionModule (modulePath ++ [ name ]);
in
{
  imports = [
    (import ./mkFirefoxModule.nix {
      inherit modulePath;
      name = "Firefox";
      wrappedPackageName = "firefox";
      unwrappedPackageName = "firefox-unwrapped";
      platforms.linux.configPath = configPathDefault.effectiveDefault;
      platforms.darwin = {
        configPath = "Library/Application Support/Firefox";
        defaultsId = "org.mozilla.firefox.plist";
      };
    })
    (removed "extensions" ''
      Extensions are now managed per-profile. That is, change from
       programs.firefox.extensions = [ foo bar ];
      to
       programs.firefox.profiles.myprofile.extensions.packages = [ foo bar ];'')
  ]
  ++ map (name: removed name "Support for this option has been removed.") [
    "enableAdobeFlash"
    "enableGoogleTalk"
    "enableIcedTea"
  ];

  config = lib.mkIf cfg.enable {
    warnings = lib.optional configPathDefault.shouldWarn configPathDefault.warning;

    mozilla.firefoxNativeMessagingHosts =
      cfg.nativeMessagingHosts ++ lib.optional (cfg.finalPackage != null) cfg.finalPackage;
  };
}
