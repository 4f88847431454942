{ exe, lib, ... }:

{
  title = "Devilspie2, which runs scripts when windows open";
  docs = "https://www.nongnu.org/devilspie2/";
  linuxOnly = true;
  installed = null;

  files.config = {
    format = "lines";
    xdg = "devilspie2/config.lua";
    always = true;
    example = ''
      if get_window_class() == "Gnome-terminal" then
        make_always_on_top()
      end
    '';
  };

  unit = lib.hm.services.graphicalUnit "devilspie2" { ExecStart = exe; };
}
