{
  config,
  lib,
  pkgs,
  ...
}@module:

import ../lib/colour-temperature.nix module {
  name = "gammastep";
  title = "Gammastep";
  section = "general";
  applet = "gammastep-indicator";
  file = "gammastep/config.ini";
  docs = "https://gitlab.com/chinstrap/gammastep/";
}
