{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  yaml = pkgs.formats.yaml { };

  directory =
    if pkgs.stdenv.hostPlatform.isDarwin && !config.xdg.enable then
      "Library/Application Support/k9s"
    else
      "${config.xdg.configHome}/k9s";

  defaultSkin = lib.optionalAttrs (cfg.skins != { } && !(cfg.settings ? k9s.ui.skin)) {
    k9s.ui.skin = lib.head (lib.attrNames cfg.skins);
  };

  file =
    name: value: content:
    lib.mkIf (value != { }) { source = yaml.generate "k9s-${name}" content; };

  yamlOption =
    page: example: description:
    option yaml.type { } "${description} See <https://k9scli.io/topics/${page}/>." // { inherit example; };

  nested =
    found: option: key:
    lib.optional found "Nested '${key}' ${
      if key == "k9s.views" then "structure" else "key"
    } in programs.k9s.${option} is deprecated, move the contents directly under programs.k9s.${option}";
in
{
  title = "k9s, which manages Kubernetes clusters in the terminal";
  docs = "https://k9scli.io/topics/config/";

  renamed = [
    { skin = "skins.skin"; }
    { hotkey = "hotKeys"; }
    { plugin = "plugins"; }
  ];

  options = {
    settings = yamlOption "config" { k9s.refreshRate = 2; } "Contents of {file}`config.yaml`.";

    skins =
      option (types.attrsOf (types.either yaml.type types.path)) { } ''
        Skins by name: contents or files. The first one is used unless `settings.k9s.ui.skin` is set. See
        <https://k9scli.io/topics/skins/>.
      ''
      // {
        example.my_blue_skin.k9s.body.fgColor = "dodgerblue";
      };

    aliases = yamlOption "aliases" { pp = "v1/pods"; } "Resources by the alias that stands for them.";

    hotKeys = yamlOption "hotkeys" {
      shift-0 = {
        shortCut = "Shift-0";
        description = "Show pods";
        command = "pods";
      };
    } "Keys that go to a view.";

    plugins = yamlOption "plugins" {
      fred = {
        shortCut = "Ctrl-L";
        description = "Pod logs";
        scopes = [ "po" ];
        command = "kubectl";
        background = false;
        args = [
          "logs"
          "-f"
          "$NAME"
        ];
      };
    } "Commands that views offer.";

    views = yamlOption "columns" {
      "v1/pods".columns = [
        "AGE"
        "NAME"
      ];
    } "Columns of views.";
  };

  config = {
    warnings =
      nested (cfg.aliases ? alias) "aliases" "alias"
      ++ nested (cfg.plugins ? plugin) "plugins" "plugin"
      ++ nested (cfg.views ? k9s.views) "views" "k9s.views";

    home.file = {
      "${directory}/config.yaml" = file "config" cfg.settings (
        lib.recursiveUpdate defaultSkin cfg.settings
      );
      "${directory}/aliases.yaml" = file "aliases" cfg.aliases { inherit (cfg) aliases; };
      "${directory}/hotkeys.yaml" = file "hotkeys" cfg.hotKeys { inherit (cfg) hotKeys; };
      "${directory}/plugins.yaml" = file "plugins" cfg.plugins { inherit (cfg) plugins; };
      "${directory}/views.yaml" = file "views" cfg.views { inherit (cfg) views; };
    }
    // lib.hm.files.inDirectory "${directory}/skins" ".yaml" (name: skin: {
      source =
        if types.path.check skin then skin else yaml.generate "k9s-skin-${name}.yaml" skin;
    }) cfg.skins;
  };
}
