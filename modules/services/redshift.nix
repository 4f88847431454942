{
  config,
  lib,
  pkgs,
  ...
}@module:

import ../lib/colour-temperature.nix module {
  name = "redshift";
  title = "Redshift";
  section = "redshift";
  applet = "redshift-gtk";
  file = "redshift/redshift.conf";
  docs = "http://jonls.dk/redshift/";
}
