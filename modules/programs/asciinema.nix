{
  title = "asciinema, which records the terminal";
  docs = "https://docs.asciinema.org/manual/cli/configuration/";

  files.settings = {
    format = "toml";
    storeName = "asciinema_config.toml";
    xdg = "asciinema/config.toml";
    example.server.url = "https://asciinema.example.com";
  };
}
