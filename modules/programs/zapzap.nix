{
  title = "ZapZap, a client of WhatsApp";
  docs = "https://github.com/rafatosta/zapzap";
  linuxOnly = true;

  files.settings = {
    format = "ini";
    xdg = "ZapZap/ZapZap.conf";
    example = {
      website.open_page = false;
      system.theme = "dark";
    };
  };
}
