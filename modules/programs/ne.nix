{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  textFile = text: lib.mkIf (text != "") { inherit text; };
  lines = option types.lines "";
in
{
  title = "ne, an editor for the terminal";
  docs = "https://ne.di.unimi.it/docs/";

  options = {
    keybindings = lines "Contents of {file}`~/.ne/.keys`. See <https://ne.di.unimi.it/docs/Key-Bindings.html>." // {
      example = ''
        KEY 7f BS
      '';
    };
    defaultPreferences = lines "Preferences for all files.";
    automaticPreferences = option (types.attrsOf types.lines) { } "Preferences by the extension of files. See <https://ne.di.unimi.it/docs/Automatic-Preferences.html>." // {
      example.nix = ''
        TS 2
      '';
    };
    menus = lines "Contents of {file}`~/.ne/.menus`. See <https://ne.di.unimi.it/docs/Changing-Menus.html>.";
    virtualExtensions = lines "Contents of {file}`~/.ne/.extensions`. See <https://ne.di.unimi.it/docs/Virtual-Extensions.html>." // {
      example = ''
        sh   1  ^#!\s*/.*\b(bash|sh|ksh|zsh)\s*
      '';
    };
  };

  config.home.file = {
    ".ne/.keys" = textFile cfg.keybindings;
    ".ne/.extensions" = textFile cfg.virtualExtensions;
    ".ne/.menus" = textFile cfg.menus;
  }
  // lib.hm.files.inDirectory ".ne" "#ap" (_extension: text: { inherit text; }) (
    cfg.automaticPreferences
    // lib.optionalAttrs (cfg.defaultPreferences != "") { ".default" = cfg.defaultPreferences; }
  );
}
