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
  valueText = value: if lib.isBool value then lib.hm.booleans.yesNo value else toString value;

  bindingText =
    { key, command }:
    lib.concatStringsSep "\n  " ([ ''def_key "${key}"'' ] ++ lib.toList command);

  settings =
    cfg.settings
    // lib.optionalAttrs (cfg.mpdMusicDir != null) { mpd_music_dir = cfg.mpdMusicDir; };

  mpd = config.services.mpd or { enable = false; };
in
{
  title = "ncmpcpp, a client of MPD for the terminal";
  docs = "https://rybczak.net/ncmpcpp/";
  packageOption.example = "pkgs.ncmpcpp.override { visualizerSupport = true; }";

  options = {
    mpdMusicDir = option (types.nullOr (types.coercedTo types.path toString types.str)) (
      if pkgs.stdenv.hostPlatform.isLinux && mpd.enable then mpd.musicDirectory else null
    ) "Directory of MPD's music." // {
      defaultText = lib.literalExpression ''
        if pkgs.stdenv.hostPlatform.isLinux && config.services.mpd.enable then
          config.services.mpd.musicDirectory
        else
          null
      '';
      example = "~/music";
    };

    settings = option (types.attrsOf (
      types.oneOf [
        types.bool
        types.int
        types.str
      ]
    )) { } "Settings. See {manpage}`ncmpcpp(1)`." // {
      example.ncmpcpp_directory = "~/.local/share/ncmpcpp";
    };

    bindings = option (types.listOf (
      types.submodule {
        options = {
          key = lib.mkOption {
            type = types.str;
            example = "j";
            description = "The key.";
          };
          command = lib.mkOption {
            type = types.either types.str (types.listOf types.str);
            example = "scroll_down";
            description = "The command, or commands that follow each other.";
          };
        };
      }
    )) [ ] "Key bindings." // {
      example = [
        {
          key = "j";
          command = "scroll_down";
        }
      ];
    };
  };

  config = {
    warnings = lib.optional (
      cfg.settings ? mpd_music_dir && cfg.mpdMusicDir != null
    ) "programs.ncmpcpp.settings.mpd_music_dir will be overridden by programs.ncmpcpp.mpdMusicDir.";

    xdg.configFile = {
      "ncmpcpp/config" = lib.mkIf (settings != { }) {
        text = lib.concatLines (
          lib.mapAttrsToList (name: value: "${name}=${valueText value}") settings
        );
      };
      "ncmpcpp/bindings" = lib.mkIf (cfg.bindings != [ ]) {
        text = lib.concatMapStrings (binding: bindingText binding + "\n") cfg.bindings;
      };
    };
  };
}
