{ config, lib, ... }:

let
  cfg = config.programs.vesktop;
in
{
  imports = [
    (import ./mkVesktopLikeModule.nix {
      moduleName = "vesktop";
      cordModuleName = "vencord";
      settingsLink = "https://github.com/Vencord/Vesktop/blob/main/src/shared/settings.d.ts";
      cordSettingsLink = "https://github.com/Vendicated/Vencord/blob/main/src/api/Settings.ts";
      installPackage = false;
    })
  ];

  options.programs.vesktop.vencord.useSystem = lib.mkEnableOption "the Vencord of the packages";

  config = lib.mkIf cfg.enable {
    home.packages = lib.mkIf (cfg.package != null) [
      (cfg.package.override { withSystemVencord = cfg.vencord.useSystem; })
    ];
  };
}
