{
  title = "tiny, an IRC client for the terminal";
  docs = "https://github.com/osa1/tiny#configuration";

  files.settings = {
    format = "yaml";
    storeName = "tiny-config";
    xdg = "tiny/config.yml";
    darwin = "Library/Application Support/tiny/config.yml";
    example.servers = [
      {
        addr = "irc.libera.chat";
        port = 6697;
        tls = true;
      }
    ];
  };
}
