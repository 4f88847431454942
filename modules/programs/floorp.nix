{ config, lib, ... }:

let
  cfg = config.programs.floorp;
in
{
  imports = [
    (import ./firefox/mkFirefoxModule.nix {
      modulePath = [
        "programs"
        "floorp"
      ];
      name = "Floorp";
      wrappedPackageName = "floorp-bin";
      unwrappedPackageName = "floorp-bin-unwrapped";
      platforms.linux.configPath = ".floorp";
      platforms.darwin = {
        appName = "Floorp";
        configPath = "Library/Application Support/Floorp";
      };
    })
  ];

  config = lib.mkIf cfg.enable {
    mozilla.firefoxNativeMessagingHosts =
      cfg.nativeMessagingHosts ++ lib.optional (cfg.finalPackage != null) cfg.finalPackage;
  };
}
