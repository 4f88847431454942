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
  json = pkgs.formats.json { };
  toml = pkgs.formats.toml { };

  support = "Library/Application Support/superfile";
  inXdg = !pkgs.stdenv.hostPlatform.isDarwin || config.xdg.enable;

  defaultTheme = lib.optionalAttrs (cfg.themes != { } && !(cfg.settings ? theme)) {
    theme = lib.head (lib.attrNames cfg.themes);
  };

  file = name: values: content: lib.mkIf (values != { }) { source = toml.generate name content; };

  configFiles = {
    "config.toml" = file "superfile-config.toml" cfg.settings (lib.recursiveUpdate defaultTheme cfg.settings);
    "hotkeys.toml" = file "superfile-hotkeys.toml" cfg.hotkeys cfg.hotkeys;
  }
  // lib.hm.files.inDirectory "theme" ".toml" (name: theme: {
    source =
      if types.path.check theme then theme else toml.generate "superfile-theme-${name}.toml" theme;
  }) cfg.themes;

  dataFiles = {
    firstUseCheck = lib.mkIf (!cfg.firstUseCheck) { text = ""; };
    "pinned.json" = lib.mkIf (cfg.pinnedFolders != [ ]) {
      source = json.generate "pinned.json" cfg.pinnedFolders;
    };
  };

  below = directory: lib.mapAttrs' (path: lib.nameValuePair "${directory}/${path}");
  packageIf = wanted: package: lib.optional (wanted && package != null && cfg.package != null) package;
in
{
  title = "superfile, a file manager for the terminal";
  docs = "https://superfile.dev/configure/superfile-config/";

  options = {
    metadataPackage = lib.hm.options.packageOption pkgs "exiftool" { nullable = true; };
    zoxidePackage = lib.hm.options.packageOption pkgs "zoxide" { nullable = true; };

    settings = option toml.type { } "Contents of {file}`config.toml`. See <https://superfile.dev/configure/superfile-config/>." // {
      example.transparent_background = false;
    };

    hotkeys = option toml.type { } "Contents of {file}`hotkeys.toml`. See <https://superfile.dev/configure/custom-hotkeys/>." // {
      example.confirm = [
        "enter"
        "l"
      ];
    };

    themes = option (types.attrsOf (types.either toml.type types.path)) { } "Themes by name: contents or files. The first one is used unless `settings.theme` is set. See <https://superfile.dev/configure/custom-theme/>." // {
      example.mine.file_panel_border = "#101010";
    };

    firstUseCheck = option types.bool true "Whether it greets the user at the first start.";

    pinnedFolders = option (types.listOf (
      types.submodule {
        freeformType = json.type;
        options = {
          name = option (types.nullOr types.str) null "Name that is shown." // {
            example = "Nix Store";
          };
          location = lib.mkOption {
            type = types.path;
            example = "/nix/store";
            description = "The directory.";
          };
        };
      }
    )) [ ] "Directories that are pinned." // {
      example = [ { location = "/nix/store"; } ];
    };
  };

  config = {
    home.packages =
      packageIf (cfg.settings.metadata or false) cfg.metadataPackage
      ++ packageIf (cfg.settings.zoxide_support or false) cfg.zoxidePackage;

    home.file = lib.mkIf (!inXdg) (below support (configFiles // dataFiles));
    xdg.configFile = lib.mkIf inXdg (below "superfile" configFiles);
    xdg.dataFile = lib.mkIf inXdg (below "superfile" dataFiles);
  };
}
