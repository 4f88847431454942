{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "jrnl";
  title = "jrnl, a journal";

  files.settings = {
    format = "yaml";
    xdg = "jrnl/jrnl.yaml";
    example.journals.default.journal = "~/journal.txt";
  };
}
