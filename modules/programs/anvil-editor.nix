{
  title = "Anvil, an editor after Acme";
  docs = "https://anvil-editor.net/reference/";

  files = {
    settings = {
      format = "toml";
      storeName = "anvil-settings.toml";
      home = ".anvil/settings.toml";
      example.layout.column-tag = "New Cut Paste";
    };
    style = {
      format = "json";
      storeName = "anvil-style.js";
      home = ".anvil/style.js";
      example.TagFgColor = "#fefefe";
    };
  };
}
