{
  title = "ncspot, a client of Spotify for the terminal";
  docs = "https://github.com/hrkfdn/ncspot/blob/main/doc/users.md#configuration";

  files.settings = {
    format = "toml";
    storeName = "ncspot-config";
    xdg = "ncspot/config.toml";
    example = {
      shuffle = true;
      gapless = true;
    };
  };
}
