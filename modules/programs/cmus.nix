{
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "cmus, a music player for the terminal";
  docs = "https://cmus.github.io/";

  options = {
    theme = option types.lines "" "Name of the color scheme." // {
      example = "gruvbox";
    };
    extraConfig = option types.lines "" "Further lines of {file}`~/.config/cmus/rc`. See {manpage}`cmus(1)`." // {
      example = ''
        set audio_backend = "mpd"
      '';
    };
  };

  config.home.file.".config/cmus/rc".text = ''
    ${lib.optionalString (cfg.theme != "") "colorscheme ${cfg.theme}"}
    ${cfg.extraConfig}
  '';
}
