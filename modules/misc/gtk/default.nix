# Fonts, themes and settings of GTK.
{ config, lib, ... }:

let
  cfg = config.gtk;

  shared = import ./settings.nix { inherit lib; };

  versions = lib.filter (version: version.enable) [
    cfg.gtk2
    cfg.gtk3
    cfg.gtk4
  ];
in
{
  imports = [
    ./gtk2.nix
    ./gtk3.nix
    ./gtk4.nix
  ];

  options.gtk = {
    enable = lib.mkEnableOption "fonts, themes and settings of GTK";
  }
  // shared.options { };

  config = lib.mkIf cfg.enable {
    home.packages = lib.unique (lib.concatMap shared.packagesOf versions);
  };
}
