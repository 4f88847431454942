{
  config,
  lib,
  osConfig,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.xdg.portal;

  portals = "${config.home.profileDirectory}/share/xdg-desktop-portal/portals";

  onNixos = pkgs.stdenv.hostPlatform.isLinux && config.submoduleSupport.enable;

  isLinked = path: builtins.elem path osConfig.environment.pathsToLink;

  switch =
    description:
    mkOption {
      type = types.bool;
      default = false;
      example = true;
      inherit description;
    };

  packagesOption =
    description:
    mkOption {
      type = types.listOf types.package;
      default = [ ];
      inherit description;
    };
in
{
  options.xdg.portal = {
    enable = switch ''
      Whether to install portals, by which programs ask the desktop to open files, take
      screenshots and the like.
    '';

    extraPortals = packagesOption "The implementations of portals to choose from.";

    configPackages = packagesOption ''
      Packages that say which implementation a desktop uses; {option}`xdg.portal.config` goes
      before them.
    '';

    xdgOpenUsePortal = switch "Whether {command}`xdg-open` opens files by a portal.";

    config = mkOption {
      type = types.attrsOf (
        types.attrsOf (
          types.coercedTo (types.either (types.listOf types.str) types.str) (
            names: lib.concatStringsSep ";" (lib.toList names)
          ) types.str
        )
      );
      default = { };
      example = {
        common.default = [ "gtk" ];
        pantheon = {
          default = [
            "pantheon"
            "gtk"
          ];
          "org.freedesktop.impl.portal.Secret" = [ "gnome-keyring" ];
        };
      };
      description = ''
        The implementation of each interface, by the name of the desktop or `common`, see
        {manpage}`portals.conf(5)`.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "xdg.portal" pkgs lib.platforms.linux)
      {
        assertion = cfg.extraPortals != [ ];
        message = "Setting xdg.portal.enable to true requires a portal implementation in xdg.portal.extraPortals such as xdg-desktop-portal-gtk or xdg-desktop-portal-kde.";
      }
      {
        assertion =
          !(onNixos && osConfig.home-manager.useUserPackages)
          || (isLinked "/share/applications" && isLinked "/share/xdg-desktop-portal");
        message = ''
          xdg.portal: with 'home-manager.useUserPackages' the system has to link what portals
          are found by. Add this to its configuration:

            environment.pathsToLink = [ "/share/applications" "/share/xdg-desktop-portal" ];
        '';
      }
    ];

    warnings = lib.optional (cfg.configPackages == [ ] && cfg.config == { }) ''
      xdg.portal: nothing says which implementation to use, so that there may be none. To take
      the first of each, set

        xdg.portal.config.common.default = "*";
    '';

    home = {
      packages =
        lib.optional (pkgs ? xdg-desktop-portal) pkgs.xdg-desktop-portal
        ++ cfg.extraPortals
        ++ cfg.configPackages;
      sessionVariables = {
        NIX_XDG_DESKTOP_PORTAL_DIR = portals;
      }
      // lib.optionalAttrs cfg.xdgOpenUsePortal { NIXOS_XDG_OPEN_USE_PORTAL = "1"; };
    };
    systemd.user.sessionVariables.NIX_XDG_DESKTOP_PORTAL_DIR = portals;

    xdg.configFile = lib.concatMapAttrs (
      desktop: preferred:
      lib.optionalAttrs (preferred != { }) {
        "xdg-desktop-portal/${
          lib.optionalString (desktop != "common") "${desktop}-"
        }portals.conf".text =
          lib.generators.toINI { } { inherit preferred; };
      }
    ) cfg.config;
  };
}
