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
  ini = pkgs.formats.ini { };

  required = description: lib.mkOption {
    type = types.str;
    inherit description;
  };

  directory =
    if pkgs.stdenv.hostPlatform.isDarwin then "Library/Preferences" else config.xdg.configHome;
in
{
  title = "Sapling, which keeps versions";
  docs = "https://sapling-scm.com/docs/introduction/";

  options = {
    userName = required "Name of the author of commits.";
    userEmail = required "Address of the author of commits.";
    aliases = option (types.attrsOf types.str) { } "Commands by the alias that stands for them.";
    extraConfig = option (types.attrsOf types.anything) { } "Further settings by section.";
    iniContent = lib.mkOption {
      inherit (ini) type;
      internal = true;
      description = "All settings.";
    };
  };

  config = {
    programs.sapling.iniContent = lib.mkMerge [
      {
        alias = lib.mkIf (cfg.aliases != { }) cfg.aliases;
        ui.username = "${cfg.userName} <${cfg.userEmail}>";
      }
      cfg.extraConfig
    ];

    home.file."${directory}/sapling/sapling.conf" = lib.mkIf (cfg.iniContent != { }) {
      source = ini.generate "sapling.conf" cfg.iniContent;
    };
  };
}
