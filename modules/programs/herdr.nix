{
  cfg,
  exe,
  lib,
  option,
  pkgs,
  ...
}:

let
  toml = pkgs.formats.toml { };
in
{
  title = "herdr, which keeps agents in the terminal";
  docs = "https://herdr.dev/docs/configuration/";

  options.settings = option toml.type { } "Contents of {file}`$XDG_CONFIG_HOME/herdr/config.toml`. See <https://herdr.dev/docs/configuration/>." // {
    example.terminal.default_shell = "nu";
  };

  config.xdg.configFile."herdr/config.toml" = lib.mkIf (cfg.settings != { }) {
    source = toml.generate "herdr-config.toml" cfg.settings;
    onChange = "${exe} server reload-config || true";
  };
}
