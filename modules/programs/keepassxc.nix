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
  inherit (pkgs.stdenv.hostPlatform) isDarwin;
  ini = pkgs.formats.ini { };
  file = ini.generate "keepassxc-settings" cfg.settings;
in
{
  title = "KeePassXC, which keeps passwords";
  docs = "https://keepassxc.org/docs/KeePassXC_UserGuide";

  options = {
    settings = option ini.type { } "Settings. See <https://github.com/keepassxreboot/keepassxc/blob/develop/src/core/Config.cpp>." // {
      example.Browser.Enabled = true;
    };

    autostart = option types.bool false "Whether it starts with the session. Needs {option}`xdg.autostart.enable`." // {
      example = true;
    };
  };

  config = [
    {
      assertions = [
        {
          assertion = cfg.autostart -> config.xdg.autostart.enable;
          message = ''
            {option}`xdg.autostart.enable` has to be enabled in order for
            {option}`programs.keepassxc.autostart` to be effective.
          '';
        }
      ];

      xdg.autostart.entries = lib.mkIf cfg.autostart [
        "${lib.hm.options.installPrefix cfg.package}/share/applications/org.keepassxc.KeePassXC.desktop"
      ];
    }
    (lib.mkIf (cfg.settings != { }) {
      xdg.configFile."keepassxc/keepassxc.ini" = {
        enable = !isDarwin;
        source = file;
      };
      home.file."Library/Application Support/KeePassXC/keepassxc.ini" = {
        enable = isDarwin;
        source = file;
      };
    })
    {
      programs = lib.genAttrs [
        "brave"
        "chromium"
        "firefox"
        "floorp"
        "vivaldi"
      ] (_browser: { nativeMessagingHosts = lib.mkIf (cfg.package != null) [ cfg.package ]; });
    }
  ];
}
