{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.programs.yt-dlp;

  atom = types.oneOf [
    types.bool
    types.int
    types.str
  ];

  flag =
    name: value:
    if value == true then
      "--${name}"
    else if value == false then
      "--no-${name}"
    else
      "--${name} ${toString value}";

  lines =
    lib.concatLists (lib.mapAttrsToList (name: value: map (flag name) (lib.toList value)) cfg.settings)
    ++ lib.optional (cfg.extraConfig != "") cfg.extraConfig;
in
{
  options.programs.yt-dlp = {
    enable = lib.mkEnableOption "yt-dlp, which downloads videos";

    package = lib.hm.options.packageOption pkgs "yt-dlp" { };

    settings = mkOption {
      type = types.attrsOf (types.either atom (types.listOf atom));
      default = { };
      example.embed-subs = true;
      description = "Options in {file}`$XDG_CONFIG_HOME/yt-dlp/config`, without their dashes.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "--update";
      description = "Further lines of the file.";
    };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    xdg.configFile."yt-dlp/config" = lib.mkIf (cfg.settings != { } || cfg.extraConfig != "") {
      text = lib.concatLines lines;
    };
  };
}
