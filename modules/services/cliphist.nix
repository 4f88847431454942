{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.services.cliphist;

  targets = lib.toList cfg.systemdTargets;

  watch = what: description: {
    Unit = {
      Description = description;
      PartOf = targets;
      After = targets;
    };
    Service = {
      Type = "simple";
      ExecStart = "${lib.hm.options.programPath' cfg.clipboardPackage "wl-paste"} ${what}--watch ${lib.hm.options.programPath cfg.package "cliphist"} ${lib.escapeShellArgs cfg.extraOptions} store";
      Restart = "on-failure";
    };
    Install.WantedBy = targets;
  };
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [
        "services"
        "cliphist"
        "systemdTarget"
      ]
      [
        "services"
        "cliphist"
        "systemdTargets"
      ]
    )
  ];

  options.services.cliphist = {
    enable = lib.mkEnableOption "cliphist, a history of the clipboard";

    package = lib.hm.options.packageOption pkgs "cliphist" { };
    clipboardPackage = lib.hm.options.packageOption pkgs "wl-clipboard" { };

    allowImages = mkOption {
      type = types.bool;
      default = true;
      description = "Whether images are kept too.";
    };

    extraOptions = mkOption {
      type = types.listOf types.str;
      default = [
        "-max-dedupe-search"
        "10"
        "-max-items"
        "500"
      ];
      description = "Arguments of the command.";
    };

    systemdTargets = mkOption {
      type = types.either (types.listOf types.str) types.str;
      default = [ config.wayland.systemd.target ];
      defaultText = lib.literalMD "{option}`wayland.systemd.target`";
      description = "What of the session starts and stops the service.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [ (lib.hm.assertions.assertPlatform "services.cliphist" pkgs lib.platforms.linux) ];

    home.packages = lib.optional (cfg.package != null) cfg.package;

    systemd.user.services = {
      cliphist = watch "" "Clipboard management daemon";
      cliphist-images = lib.mkIf cfg.allowImages (
        watch "--type image " "Clipboard management daemon - images"
      );
    };
  };
}
