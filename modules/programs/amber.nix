let
  file = name: example: {
    format = "toml";
    home = ".config/amber/${name}.toml";
    darwin = "Library/Preferences/com.github.dalance.amber/${name}.toml";
    inherit example;
  };
in
{
  title = "amber, which searches and replaces in files";
  docs = "https://github.com/dalance/amber#configuration";

  files = {
    ambsSettings = file "ambs" { recursive = false; };
    ambrSettings = file "ambr" { interactive = false; };
  };
}
