{
  title = "havoc, a terminal emulator for Wayland";
  docs = "https://github.com/ii8/havoc";
  linuxOnly = true;

  files.settings = {
    format = "ini";
    xdg = "havoc.cfg";
    example.window.opacity = 240;
  };
}
