{
  title = "FlashSpace, workspaces for macOS";
  docs = "https://github.com/wojciech-kulik/FlashSpace";
  darwinOnly = true;

  files = {
    settings = {
      format = "toml";
      storeName = "flashspace-settings";
      xdg = "flashspace/settings.toml";
      example.displayMode = "static";
    };
    profiles = {
      format = "json";
      storeName = "flashspace-profiles";
      xdg = "flashspace/profiles.json";
      example.profiles = [ { name = "Work"; } ];
    };
  };
}
