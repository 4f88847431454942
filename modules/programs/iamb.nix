{
  title = "iamb, a Matrix client for the terminal";
  docs = "https://iamb.chat/configure.html";

  files.settings = {
    format = "toml";
    storeName = "iamb-config";
    config = "iamb/config.toml";
    example = {
      default_profile = "personal";
      settings.notifications.enabled = true;
    };
  };
}
