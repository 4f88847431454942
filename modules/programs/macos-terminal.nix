{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  plist = pkgs.formats.plist { escape = true; };

  file = plist.generate "com.apple.Terminal.plist" {
    "Window Settings" = lib.mapAttrs (name: profile: profile.settings // { inherit name; }) cfg.profiles;
  };
in
{
  title = "settings of macOS's Terminal";
  docs = "https://support.apple.com/guide/terminal/";
  package = null;
  darwinOnly = true;

  options = {
    profiles = option (types.attrsOf (
      types.submodule {
        options.settings = option (types.attrsOf plist.type) { } "Settings of the profile, as `defaults read com.apple.Terminal` shows them." // {
          example.ShowActiveProcessInTitle = true;
        };

        config.settings = lib.mapAttrs (_name: lib.mkOptionDefault) {
          type = "Window Settings";
          rowCount = 24;
          columnCount = 80;
          ProfileCurrentVersion = 2.07;
        };
      }
    )) { } "Profiles by name." // {
      example.Basic.settings.FontAntialias = true;
    };

    preferences = option (types.submodule {
      options = {
        importSettings = option types.bool true "Whether each switch imports the profiles.";
        writeFile = option types.bool false "Whether the file of the preferences is replaced.";
      };
    }) { } "How the profiles get to Terminal." // {
      example.writeFile = true;
    };
  };

  config.home = {
    file."Library/Preferences/com.apple.Terminal.plist" = lib.mkIf cfg.preferences.writeFile {
      source = file;
    };

    activation.appleTerminal = lib.mkIf cfg.preferences.importSettings (
      lib.hm.dag.entryAfter [ "writeBoundary" ] ''
        run /usr/bin/defaults import com.apple.Terminal "${file}"
      ''
    );
  };
}
