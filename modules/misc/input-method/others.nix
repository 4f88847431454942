# Input methods with little to configure.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkMerge types;
  inherit (lib.hm.options) binPath option;

  cfg = config.i18n.inputMethod;

  packageOf = name: pkgs.${name} or null;
  program = name: binPath (packageOf name) name;

  # The configuration of an input method, with what its unit has besides the usual.
  method =
    name: title: unit:
    mkIf (cfg.enable && cfg.type == name) {
      i18n.inputMethod.package = packageOf name;

      home.sessionVariables = {
        GTK_IM_MODULE = name;
        QT_IM_MODULE = name;
        XMODIFIERS = "@im=${name}";
      };

      systemd.user.services."${name}-daemon" = mkMerge [
        {
          Unit.Description = "${title} input method editor";
          Install.WantedBy = [ "graphical-session.target" ];
        }
        unit
      ];
    };

  # There is no unit of this name, but upstream has it.
  ofDesktop = ExecStart: {
    Unit.PartOf = [ "graphical-session.desktop" ];
    Service = { inherit ExecStart; };
  };
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "i18n" "inputMethod" "kime" "config" ] ''
      Please use 'i18n.inputMethod.kime.extraConfig' instead.
    '')
  ];

  options.i18n.inputMethod = {
    kime.extraConfig = option types.lines "" "Contents of {file}`$XDG_CONFIG_HOME/kime/config.yaml`. See <https://github.com/Riey/kime/blob/develop/docs/CONFIGURATION.md>." // {
      example = ''
        daemon:
          modules: [Xim, Indicator]
      '';
    };

    uim.toolbar =
      option (types.enum [
        "gtk"
        "gtk3"
        "gtk-systray"
        "gtk3-systray"
        "qt4"
      ]) "gtk" "The toolbar of uim."
      // {
        example = "gtk-systray";
      };
  };

  config = mkMerge [
    (method "hime" "Hime" (ofDesktop (program "hime")))
    (method "nabi" "Nabi" (ofDesktop (program "nabi")))
    (method "uim" "Uim" (
      ofDesktop (
        toString (
          pkgs.writeShellScript "start-uim-xim-and-uim-toolbar" ''
            ${binPath (packageOf "uim") "uim-xim"} &
            ${binPath (packageOf "uim") "uim-toolbar-${cfg.uim.toolbar}"}
          ''
        )
      )
    ))
    (method "kime" "Kime" {
      Unit.PartOf = [ "graphical-session.target" ];
      Service = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = program "kime";
      };
    })
    (mkIf (cfg.enable && cfg.type == "kime") {
      xdg.configFile."kime/config.yaml".text = cfg.kime.extraConfig;
    })
  ];
}
