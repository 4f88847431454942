{ exe, lib, ... }:

{
  title = "Elephant, which gives launchers what they show";
  docs = "https://github.com/abenz1267/elephant";
  linuxOnly = true;

  files.settings = {
    format = "toml";
    xdg = "elephant/config.toml";
    storeName = "elephant-config";
    example.providers.default = [
      "desktopapplications"
      "runner"
    ];
  };

  unit = lib.hm.services.graphicalUnit "Elephant - Data provider for application launchers" {
    ExecStart = exe;
    Restart = "on-failure";
  };
}
