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
  patterns = example: description: option (types.listOf types.str) [ ] description // { inherit example; };

  ignores = cfg.ignores != [ ] || cfg.ignoresRegexp != [ ];
in
{
  title = "Mercurial, which keeps versions";
  docs = "https://www.mercurial-scm.org/help/topics/config";

  options = {
    userName = required "Name of the author of commits.";
    userEmail = required "Address of the author of commits.";
    aliases = option (types.attrsOf types.anything) { } "Commands by the alias that stands for them.";
    extraConfig = option (types.either (types.attrsOf types.anything) types.lines) { } "Further settings by section, or lines of {file}`hgrc`.";
    iniContent = lib.mkOption {
      inherit (ini) type;
      internal = true;
      description = "All settings.";
    };
    ignores = patterns [ "*~" ] "Patterns of files to ignore.";
    ignoresRegexp = patterns [ "^.*~$" ] "Regular expressions of files to ignore.";
  };

  config = {
    programs.mercurial.iniContent = lib.mkMerge [
      {
        ui.username = "${cfg.userName} <${cfg.userEmail}>";
        ui.ignore = lib.mkIf ignores "${config.xdg.configHome}/hg/hgignore_global";
        alias = lib.mkIf (cfg.aliases != { }) cfg.aliases;
      }
      (lib.mkIf (lib.isAttrs cfg.extraConfig) cfg.extraConfig)
    ];

    xdg.configFile = {
      "hg/hgrc" = {
        source = ini.generate "hgrc" cfg.iniContent;
        text = lib.mkIf (lib.isString cfg.extraConfig) cfg.extraConfig;
      };

      "hg/hgignore_global" = lib.mkIf ignores {
        text = ''
          syntax: glob
          ${lib.concatStringsSep "\n" cfg.ignores}
          syntax: regexp
          ${lib.concatStringsSep "\n" cfg.ignoresRegexp}
        '';
      };
    };
  };
}
