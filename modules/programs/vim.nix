{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.programs.vim;

  # vim's own options that `settings` knows, with their types.
  settingTypes =
    lib.genAttrs [
      "copyindent"
      "expandtab"
      "hidden"
      "ignorecase"
      "modeline"
      "mousefocus"
      "mousehide"
      "number"
      "relativenumber"
      "smartcase"
      "undofile"
    ] (_name: types.bool)
    // lib.genAttrs [
      "history"
      "shiftwidth"
      "tabstop"
    ] (_name: types.int)
    // lib.genAttrs [
      "backupdir"
      "directory"
      "undodir"
    ] (_name: types.listOf types.str)
    // {
      background = types.enum [
        "dark"
        "light"
      ];
      mouse = types.enum [
        "n"
        "v"
        "i"
        "c"
        "h"
        "a"
        "r"
      ];
      mousemodel = types.enum [
        "extend"
        "popup"
        "popup_setpos"
      ];
    };

  setCommand =
    name: value:
    if value == null then
      [ ]
    else if lib.isBool value then
      [ "set ${lib.optionalString (!value) "no"}${name}" ]
    else if lib.isList value then
      [ "set ${name}=${lib.concatStringsSep "," value}" ]
    else
      [ "set ${name}=${toString value}" ];

  vimrc = ''
    ${lib.concatStringsSep "\n" (lib.concatLists (lib.mapAttrsToList setCommand cfg.settings))}

    ${cfg.extraConfig}
  '';

  # A plugin may be named, which is deprecated.
  known = pkgs.vimPlugins or { };
  named = lib.filter lib.isString cfg.plugins;
  unknown = lib.filter (name: !(known ? ${name})) named;
  plugins = lib.concatMap (
    plugin: if lib.isString plugin then lib.optional (known ? ${plugin}) known.${plugin} else [ plugin ]
  ) cfg.plugins;

  quotedNames = lib.concatMapStringsSep ", " (name: ''"${name}"'');

  ownVim = cfg.packageConfigurable == null;

  # For the vim of the distribution: the same plugins in its own places.
  pluginLinks = lib.listToAttrs (
    map (
      plugin:
      lib.nameValuePair ".vim/pack/home-manager/start/${lib.getName plugin}" { source = "${plugin}"; }
    ) plugins
  );
in
{
  options.programs.vim = {
    enable = lib.mkEnableOption "management of Vim";

    plugins = mkOption {
      type = types.listOf (types.either types.str types.package);
      default = [ ];
      example = lib.literalExpression "[ pkgs.vimPlugins.YankRing ]";
      description = "Plugins to load, besides vim-sensible.";
    };

    settings = mkOption {
      type = types.submodule {
        options = lib.mapAttrs (
          _name: type:
          mkOption {
            type = types.nullOr type;
            default = null;
            visible = false;
            description = "See the manual of Vim.";
          }
        ) settingTypes;
      };
      default = { };
      example = {
        expandtab = true;
        history = 1000;
      };
      description = ''
        Values of Vim's options. Those known are ${
          lib.concatMapStringsSep ", " (name: "`${name}`") (lib.attrNames settingTypes)
        }; set others with `extraConfig`.
      '';
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines for the end of the vimrc.";
    };

    package = mkOption {
      type = types.nullOr types.package;
      readOnly = true;
      description = "Vim with the configuration; null if Vim comes with the distribution.";
    };

    packageConfigurable = lib.hm.options.packageOption pkgs "vim" {
      nullable = true;
      default = "vim-full";
    };

    defaultEditor = mkOption {
      type = types.bool;
      default = false;
      description = "Whether `EDITOR` and `VISUAL` are {command}`vim`.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = unknown == [ ];
        message = "Following VIM plugin not found in pkgs.vimPlugins: ${quotedNames unknown}";
      }
    ];

    warnings = lib.optional (named != [ ]) ''
      Specifying VIM plugins using strings is deprecated, found ${quotedNames named} as strings.
    '';

    home.packages = lib.optional (!ownVim) cfg.package;

    home.file = lib.mkIf ownVim (pluginLinks // { ".vimrc".text = vimrc; });

    home.sessionVariables = lib.mkIf cfg.defaultEditor {
      EDITOR = "vim";
      VISUAL = "vim";
    };

    programs.vim = {
      plugins = lib.optional (known ? vim-sensible) known.vim-sensible;

      package =
        if ownVim then
          null
        else
          cfg.packageConfigurable.customize {
            name = "vim";
            vimrcConfig = {
              customRC = vimrc;
              packages.home-manager.start = plugins;
            };
          };
    };
  };
}
