# The manual. Its options are here; there is nothing to install yet.
{ lib, ... }:

let
  switch =
    what:
    lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether ${what}.";
    };
in
{
  options.manual = {
    html.enable = switch "the manual is installed as HTML";
    json.enable = switch "the options are installed as JSON";
    manpages.enable = switch "the manual page home-configuration.nix(5) is installed";
  };
}
