{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) option;

  im = config.i18n.inputMethod;
  cfg = im.fcitx5;

  package =
    if cfg.fcitx5-with-addons == null then
      null
    else
      cfg.fcitx5-with-addons.override { inherit (cfg) addons; };

  ini = pkgs.formats.ini { };
  iniWithGlobal = pkgs.formats.iniWithGlobalSection { };

  section = types.submodule { freeformType = ini.type; };

  # Fcitx writes booleans with a capital.
  normal =
    value:
    if lib.isAttrs value then
      lib.mapAttrs (_name: normal) value
    else if lib.isList value then
      map normal value
    else if lib.isBool value then
      if value then "True" else "False"
    else
      value;

  file =
    path: format: value:
    lib.optionalAttrs (value != { }) {
      ${path} = format.generate "fcitx5-${lib.replaceStrings [ "/" ] [ "-" ] path}" (normal value);
    };

  files =
    file "config" ini cfg.settings.globalOptions
    // file "profile" ini cfg.settings.inputMethod
    // lib.concatMapAttrs (name: file "conf/${name}.conf" iniWithGlobal) cfg.settings.addons;

  themeFiles =
    name: theme:
    lib.mapAttrs' (path: source: {
      name = "fcitx5/themes/${name}/${path}";
      value = mkIf (source != null) { inherit source; };
    }) {
      "highlight.svg" = theme.highlightImage;
      "panel.svg" = theme.panelImage;
      "theme.conf" = lib.mapNullable (
        lib.hm.files.fileOf pkgs (
          storeName: value: if lib.isAttrs value then ini.generate storeName (normal value) else value
        ) (if lib.isString theme.theme then "fcitx5-theme.conf" else "fcitx5-${name}-theme")
      ) theme.theme;
    };

  maybe = type: description: option (types.nullOr type) null description;
in
{
  options.i18n.inputMethod.fcitx5 = {
    fcitx5-with-addons = mkOption {
      type = types.nullOr types.package;
      default = pkgs.qt6Packages.fcitx5-with-addons or null;
      defaultText = lib.literalExpression "pkgs.qt6Packages.fcitx5-with-addons";
      example = lib.literalExpression "pkgs.kdePackages.fcitx5-with-addons";
      description = "The package of Fcitx 5, which takes addons. Null is the distribution's.";
    };

    systemd.enable = lib.mkEnableOption "the start of Fcitx with the graphical session" // {
      default = true;
    };

    addons = option (types.listOf types.package) [ ] "Packages of addons." // {
      example = lib.literalExpression "with pkgs; [ fcitx5-rime ]";
    };

    waylandFrontend = option types.bool false "Whether Fcitx uses the protocols of Wayland, so that {env}`GTK_IM_MODULE` and {env}`QT_IM_MODULE` are not set. See <https://fcitx-im.org/wiki/Using_Fcitx_5_on_Wayland>.";

    sessionVariables = mkOption {
      inherit (options.home.sessionVariables) type;
      default = {
        GLFW_IM_MODULE = "ibus";
        SDL_IM_MODULE = "fcitx";
        XMODIFIERS = "@im=fcitx";
      };
      description = "Variables of the session. Kitty reads {env}`GLFW_IM_MODULE`.";
    };

    quickPhrase = option (types.attrsOf types.str) { } "Phrases, by what is typed for them." // {
      example.smile = "（・∀・）";
    };

    quickPhraseFiles = option (types.attrsOf types.path) { } "Files of phrases, by name." // {
      example = lib.literalExpression "{ words = ./words.mb; }";
    };

    settings = {
      globalOptions = option section { } "Contents of {file}`$XDG_CONFIG_HOME/fcitx5/config`." // {
        example.Behavior.ActiveByDefault = false;
      };
      inputMethod = option section { } "Contents of {file}`$XDG_CONFIG_HOME/fcitx5/profile`." // {
        example = {
          GroupOrder."0" = "Default";
          "Groups/0" = {
            Name = "Default";
            DefaultIM = "pinyin";
          };
        };
      };
      addons = option (types.attrsOf iniWithGlobal.type) { } "Settings of addons, by name: the contents of files of {file}`$XDG_CONFIG_HOME/fcitx5/conf`." // {
        example.classicui.globalSection.Theme = "example";
      };
    };

    ignoreUserConfig = option types.bool false "Whether Fcitx ignores the files of the user, so that its own windows change nothing.";

    themes = mkOption {
      type = types.lazyAttrsOf (
        types.submodule {
          options = {
            theme = maybe (types.oneOf [
              ini.type
              types.lines
              types.path
            ]) "Contents of {file}`theme.conf`.";
            highlightImage = maybe types.path "The picture behind what is chosen, in SVG.";
            panelImage = maybe types.path "The picture behind the window, in SVG.";
          };
        }
      );
      default = { };
      example = "";
      description = "Themes, by name. See <https://fcitx-im.org/wiki/Fcitx_5_Theme>.";
    };
  };

  config = mkIf (im.enable && im.type == "fcitx5") {
    i18n.inputMethod = {
      inherit package;

      fcitx5.addons =
        lib.optional (cfg.quickPhrase != { }) (
          pkgs.writeTextDir "share/fcitx5/data/QuickPhrase.mb" (
            lib.concatStringsSep "\n" (
              lib.mapAttrsToList (
                name: phrase: "${name} ${lib.replaceStrings [ "\\" "\n" ] [ "\\\\" "\\n" ] phrase}"
              ) cfg.quickPhrase
            )
          )
        )
        ++ lib.optional (cfg.quickPhraseFiles != { }) (
          pkgs.linkFarm "quickPhraseFiles" (
            lib.mapAttrs' (
              name: lib.nameValuePair "share/fcitx5/data/quickphrase.d/${name}.mb"
            ) cfg.quickPhraseFiles
          )
        );
    };

    home = {
      sessionVariables = lib.mkMerge [
        cfg.sessionVariables
        (lib.optionalAttrs (!cfg.waylandFrontend) {
          GTK_IM_MODULE = "fcitx";
          QT_IM_MODULE = "fcitx";
        })
        (lib.optionalAttrs cfg.ignoreUserConfig { SKIP_FCITX_USER_PATH = "1"; })
      ];

      sessionSearchVariables = mkIf (package != null) {
        QT_PLUGIN_PATH = [ "${package}/${pkgs.qt6.qtbase.qtPluginPrefix}" ];
      };
    };

    gtk = mkIf cfg.waylandFrontend {
      gtk2.extraConfig = ''gtk-im-module="fcitx"'';
      gtk3.extraConfig.gtk-im-module = "fcitx";
      gtk4.extraConfig.gtk-im-module = "fcitx";
    };

    xdg = {
      configFile.fcitx5 = mkIf (files != { }) { source = pkgs.linkFarm "fcitx-config" files; };
      dataFile = lib.concatMapAttrs themeFiles cfg.themes;
    };

    systemd.user.services.fcitx5-daemon = mkIf cfg.systemd.enable (
      lib.hm.services.graphicalUnit "Fcitx5 input method editor" {
        ExecStart = lib.hm.options.binPath package "fcitx5";
      }
    );
  };
}
