{
  title = "joshuto, a file manager for the terminal";
  docs = "https://github.com/kamiyaa/joshuto/tree/main/docs/configuration";

  files = {
    settings = {
      format = "toml";
      storeName = "joshuto-settings";
      xdg = "joshuto/joshuto.toml";
      example.display.show_icons = true;
    };
    keymap = {
      format = "toml";
      storeName = "joshuto-keymap";
      xdg = "joshuto/keymap.toml";
    };
    mimetype = {
      format = "toml";
      storeName = "joshuto-mimetype";
      xdg = "joshuto/mimetype.toml";
    };
    theme = {
      format = "toml";
      storeName = "joshuto-theme";
      xdg = "joshuto/theme.toml";
    };
  };
}
