# The language of a plugin's configuration that does not say.
{ config, lib }:

lib.hm.deprecations.mkStateVersionOptionDefault {
  inherit (config.home) stateVersion;
  since = "26.05";
  optionPath = [
    "programs"
    "neovim"
    "plugins"
    "PLUGIN"
    "type"
  ];
  legacy.value = "viml";
  current.value = "lua";
}
