# Input methods, for scripts with more characters than a keyboard has keys.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.i18n.inputMethod;

  kind = types.nullOr (
    types.enum [
      "fcitx"
      "fcitx5"
      "nabi"
      "uim"
      "hime"
      "kime"
    ]
  );

  # The list of the modules of input methods that GTK reads.
  moduleCache =
    gtk: version:
    pkgs.runCommandLocal "${gtk}-immodule.cache"
      {
        buildInputs = [
          pkgs.${gtk}
          cfg.package
        ];
      }
      ''
        mkdir -p $out/etc/gtk-${version}/
        GTK_PATH=${cfg.package}/lib/gtk-${version}/ \
          gtk-query-immodules-${version} > $out/etc/gtk-${version}/immodules.cache
      '';
in
{
  imports = [
    ./fcitx5.nix
    ./others.nix
  ];

  options.i18n.inputMethod = {
    enable = lib.mkEnableOption "an input method" // {
      default = cfg.enabled != null;
      defaultText = lib.literalMD "`true` if the deprecated option `enabled` is set, false otherwise";
    };

    enabled = mkOption {
      type = kind;
      default = null;
      example = "fcitx5";
      description = "The earlier name of {option}`i18n.inputMethod.type`, which enables it too.";
    };

    type = mkOption {
      type = kind;
      default = cfg.enabled;
      defaultText = lib.literalMD "The value of the deprecated option `enabled`, defaulting to null";
      example = "fcitx5";
      description = "The input method.";
    };

    package = mkOption {
      internal = true;
      type = types.nullOr types.path;
      default = null;
      description = "The package of the input method.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "i18n.inputMethod" pkgs lib.platforms.linux)
      {
        assertion = cfg.enabled != "fcitx";
        message = "fcitx has been removed, please use fcitx5 instead";
      }
    ];

    warnings = lib.optional (
      cfg.enabled != null
    ) "i18n.inputMethod.enabled will be removed in a future release. Please use .type, and .enable = true instead";

    # Where there is no nixpkgs, the distribution has made the lists.
    home.packages = mkIf (cfg.package != null) (
      [ cfg.package ]
      ++ lib.optional (pkgs ? gtk2) (moduleCache "gtk2" "2.0")
      ++ lib.optional (pkgs ? gtk3) (moduleCache "gtk3" "3.0")
    );
  };
}
