{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "swappy";
  title = "swappy, an editor of screenshots";
  linuxOnly = true;

  files.settings = {
    format = "ini";
    xdg = "swappy/config";
    example.Default.save_dir = "$HOME/Pictures";
  };
}
