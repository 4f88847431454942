{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  ini = pkgs.formats.ini { };
in
{
  title = "Ptyxis, GNOME's terminal emulator";
  docs = "https://gitlab.gnome.org/chergert/ptyxis";
  linuxOnly = true;

  options.palettes = option (types.attrsOf (
    types.oneOf [
      ini.type
      types.path
      types.str
    ]
  )) { } "Palettes by name: contents or files." // {
    example.mine.Light.Foreground = "#e2e2e3";
  };

  config.xdg.configFile = lib.hm.files.inDirectory "org.gnome.Prompt/palettes" ".palette" (
    name: palette: { source = lib.hm.files.fileOf pkgs ini.generate "ptyxis-theme-${name}" palette; }
  ) cfg.palettes;
}
