{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  json = pkgs.formats.json { };
  directory =
    if pkgs.stdenv.hostPlatform.isDarwin then "Library/Application Support" else config.xdg.configHome;
  example.default_theme = "dark";
in
{
  title = "Element, a client of Matrix";
  docs = "https://github.com/element-hq/element-web/blob/develop/docs/config.md";

  options = {
    settings = option json.type { } "Contents of {file}`config.json`. See <https://github.com/element-hq/element-web/blob/develop/docs/config.md>." // {
      inherit example;
    };
    profiles = option (types.attrsOf json.type) { } "The same for profiles, which `element-desktop --profile NAME` starts." // {
      example.work = example;
    };
  };

  config.home.file = {
    "${directory}/Element/config.json" = lib.mkIf (cfg.settings != { }) {
      source = json.generate "element-desktop-default" cfg.settings;
    };
  }
  // lib.mapAttrs' (
    name: settings:
    lib.nameValuePair "${directory}/Element-${name}/config.json" {
      source = json.generate "element-desktop-${name}" settings;
    }
  ) cfg.profiles;
}
