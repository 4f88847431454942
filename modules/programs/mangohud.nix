{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.programs.mangohud;

  value = types.oneOf [
    types.bool
    types.int
    types.float
    types.str
    types.path
    (types.listOf (types.either types.int types.str))
  ];

  line =
    name: value:
    if value == true then
      name
    else if value == false then
      "${name}=0"
    else if lib.isList value then
      "${name}=${lib.concatMapStringsSep "," toString value}"
    else
      "${name}=${toString value}";

  file = settings: { text = lib.concatLines (lib.mapAttrsToList line settings); };
in
{
  options.programs.mangohud = {
    enable = lib.mkEnableOption "MangoHud, which shows how games run";

    package = lib.hm.options.packageOption pkgs "mangohud" { };

    enableSessionWide = mkOption {
      type = types.bool;
      default = false;
      description = "Whether it is there in every program that uses Vulkan.";
    };

    settings = mkOption {
      type = types.attrsOf value;
      default = { };
      example.full = true;
      description = "Contents of {file}`$XDG_CONFIG_HOME/MangoHud/MangoHud.conf`.";
    };

    settingsPerApplication = mkOption {
      type = types.attrsOf (types.attrsOf value);
      default = { };
      example.mpv.no_display = true;
      description = "The same for single applications.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [ (lib.hm.assertions.assertPlatform "programs.mangohud" pkgs lib.platforms.linux) ];

    home.packages = lib.optional (cfg.package != null) cfg.package;

    home.sessionVariables = mkIf cfg.enableSessionWide {
      MANGOHUD = 1;
      MANGOHUD_DLSYM = 1;
    };

    xdg.configFile = {
      "MangoHud/MangoHud.conf" = mkIf (cfg.settings != { }) (file cfg.settings);
    }
    // lib.mapAttrs' (
      application: settings: lib.nameValuePair "MangoHud/${application}.conf" (file settings)
    ) cfg.settingsPerApplication;
  };
}
