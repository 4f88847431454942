{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "gallery-dl";
  title = "gallery-dl, which downloads galleries of pictures";

  files.settings = {
    format = "json";
    xdg = "gallery-dl/config.json";
    example.extractor.base-directory = "~/Downloads";
  };
}
