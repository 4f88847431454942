{
  title = "yarn's configuration";
  docs = "https://yarnpkg.com/configuration/yarnrc";
  package = null;

  files.settings = {
    format = "yaml";
    storeName = ".yarnrc.yml";
    home = ".yarnrc.yml";
    always = true;
    example.httpProxy = "http://proxy.example.org:3128";
  };
}
