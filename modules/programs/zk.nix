{
  title = "zk, which keeps notes";
  docs = "https://zk-org.github.io/zk/config/config.html";

  files.settings = {
    format = "toml";
    xdg = "zk/config.toml";
    example.note = {
      language = "en";
      filename = "{{id}}-{{slug title}}";
      extension = "md";
    };
  };
}
