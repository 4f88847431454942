{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  player = cfg.settings.AppConfig.player or "ffplay";

  # The package knows where ffplay is; for another player, its path is put into the code.
  withPlayer =
    name:
    pkgs.radio-active.overrideAttrs (
      _final: previous: {
        postPatch = ''
          ${previous.postPatch}

          substituteInPlace radioactive/${name}.py \
            --replace-fail 'self.exe_path = which(self.program_name)' \
            'self.exe_path = "${lib.getExe pkgs.${name}}"'
        '';
      }
    );
in
{
  title = "radio-active, a radio for the terminal";
  docs = "https://github.com/deep5050/radio-active";
  installed =
    if cfg.package == null then
      null
    else if player == "mpv" || player == "vlc" then
      withPlayer player
    else
      pkgs.radio-active;

  options = {
    settings = option (types.attrsOf (
      types.attrsOf (
        types.oneOf [
          types.nonEmptyStr
          types.numbers.nonnegative
        ]
      )
    )) { } "Settings of the section `AppConfig`. See <https://github.com/deep5050/radio-active#default-configs>." // {
      example.AppConfig = {
        volume = 68;
        player = "mpv";
      };
    };

    aliases = option (types.attrsOf types.nonEmptyStr) { } "Addresses of stations by name." // {
      example."Deep House Lounge" = "http://198.15.94.34:8006/stream";
    };
  };

  config = {
    warnings =
      lib.optional
        (
          !lib.elem player [
            "ffplay"
            "mpv"
            "vlc"
          ]
        )
        ''
          Unknown player defined in `config.programs.radio-active.AppConfig.player`
        '';

    xdg.configFile."radio-active/configs.ini" =
      lib.mkIf (cfg.settings != { } && cfg.settings.AppConfig != { })
        {
          source = (pkgs.formats.ini { }).generate "radio-active-config" cfg.settings;
        };

    home.file.".radio-active-alias" = lib.mkIf (cfg.aliases != { }) {
      text = lib.concatLines (lib.mapAttrsToList (name: url: "${name}==${url}") cfg.aliases);
    };
  };
}
