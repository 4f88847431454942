{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "mullvad-vpn";
  title = "the client of Mullvad VPN";

  files.settings = {
    format = "json";
    xdg = "Mullvad VPN/gui_settings.json";
    darwin = "Library/Application Support/Mullvad VPN/gui_settings.json";
    example.startMinimized = true;
  };
}
