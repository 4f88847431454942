{
  title = "chawan, a browser for the terminal";
  docs = "https://chawan.net/doc/cha/config.html";

  files.settings = {
    format = "toml";
    xdg = "chawan/config.toml";
    example = {
      buffer.images = true;
      page."C-k" = "() => pager.load('ddg:')";
    };
  };
}
