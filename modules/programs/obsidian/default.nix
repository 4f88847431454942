{
  cfg,
  config,
  lib,
  pkgs,
  option,
  types,
  ...
}:

let
  json = pkgs.formats.json { };
  orEmpty = values: lib.optionals (values != null) values;

  settingsOptions = import ./options.nix { inherit lib json corePlugins; };
  corePlugins = import ./core-plugins.nix;

  # The name by which Obsidian knows a plugin or a theme.
  nameOf =
    item:
    let
      manifest = lib.importJSON "${item.pkg}/manifest.json";
    in
    item.pkg.manifestId or manifest.id or manifest.name;

  enabled = lib.filter (item: item.enable);
  file = name: values: { source = json.generate name values; };
  fileOrText = facts: if facts.source != null then { inherit (facts) source; } else { inherit (facts) text; };

  appearance =
    settings:
    let
      theme = lib.findSingle (theme: theme.enable) null (throw "Only one theme can be enabled at a time.") settings.themes;
    in
    lib.optionalAttrs (settings.appearance != null) settings.appearance
    // lib.optionalAttrs (settings.cssSnippets != null) {
      enabledCssSnippets = map (snippet: snippet.name) (enabled settings.cssSnippets);
    }
    // lib.optionalAttrs (settings.themes != null && theme != null) { cssTheme = nameOf theme; };

  # The files of a vault, below its directory `.obsidian`.
  vaultFiles =
    settings:
    let
      named = name: item: lib.nameValuePair name item;
      withSettings = lib.filter (plugin: plugin.settings != null);
      communityPlugins = orEmpty settings.communityPlugins;
    in
    lib.optional (settings.app != null) (named "app.json" (file "app.json" settings.app))
    ++ lib.optional (
      settings.appearance != null || settings.themes != null || settings.cssSnippets != null
    ) (named "appearance.json" (file "appearance.json" (appearance settings)))
    ++ lib.optional (settings.corePlugins != null) (
      named "core-plugins.json" (
        file "core-plugins.json" (
          lib.genAttrs corePlugins (
            name: lib.any (plugin: plugin.name == name && plugin.enable) settings.corePlugins
          )
        )
      )
    )
    ++ map (plugin: named "${plugin.name}.json" (file "${plugin.name}.json" plugin.settings)) (
      withSettings (orEmpty settings.corePlugins)
    )
    ++ lib.optional (settings.communityPlugins != null) (
      named "community-plugins.json" (
        file "community-plugins.json" (map nameOf (enabled communityPlugins))
      )
    )
    ++ map (
      plugin:
      named "plugins/${nameOf plugin}" {
        source = plugin.pkg;
        recursive = true;
      }
    ) communityPlugins
    ++ map (plugin: named "plugins/${nameOf plugin}/data.json" (file "data.json" plugin.settings)) (
      withSettings communityPlugins
    )
    ++ map (snippet: named "snippets/${snippet.name}.css" (fileOrText snippet)) (
      orEmpty settings.cssSnippets
    )
    ++ map (theme: named "themes/${nameOf theme}" { source = theme.pkg; }) (orEmpty settings.themes)
    ++ lib.optional (settings.hotkeys != null) (
      named "hotkeys.json" (file "hotkeys.json" settings.hotkeys)
    )
    ++ map (extra: named extra.target (fileOrText extra)) (
      lib.optionals (settings.extraFiles != null) (lib.attrValues settings.extraFiles)
    );

  vaults = enabled (lib.attrValues cfg.vaults);

  directory =
    if pkgs.stdenv.hostPlatform.isDarwin then
      "${config.home.homeDirectory}/Library/Application Support/obsidian"
    else
      "${config.xdg.configHome}/obsidian";

  template = json.generate "obsidian.json" {
    vaults = lib.listToAttrs (
      map (
        vault:
        lib.nameValuePair (lib.substring 0 16 (builtins.hashString "md5" vault.target)) {
          path = "${config.home.homeDirectory}/${vault.target}";
        }
      ) vaults
    );
    updateDisabled = true;
    cli = cfg.cli.enable;
  };

  hasOneSource = facts: (facts.source != null) != (facts.text != null);
  allVaults = lib.attrValues cfg.vaults;
in
{
  title = "Obsidian, which keeps notes";
  docs = "https://help.obsidian.md/";

  options = {
    cli.enable = option types.bool false "Whether the command line program can be used.";

    defaultSettings = settingsOptions null;

    vaults = option (types.attrsOf (
      types.submodule (
        { name, ... }:
        {
          options = {
            enable = option types.bool true "Whether the vault exists.";
            target = lib.mkOption {
              type = types.str;
              defaultText = lib.literalExpression "name";
              description = "Directory of the vault, below the home directory.";
            };
            settings = settingsOptions cfg.defaultSettings;
          };
          config.target = lib.mkDefault name;
        }
      )
    )) { } "Vaults by name.";
  };

  config = {
    assertions = [
      {
        assertion = lib.all (vault: lib.all hasOneSource (orEmpty vault.settings.cssSnippets)) allVaults;
        message = "Each CSS snippet must have exactly one of 'source' or 'text' set";
      }
      {
        assertion = lib.all (
          vault:
          lib.all hasOneSource (
            lib.optionals (vault.settings.extraFiles != null) (lib.attrValues vault.settings.extraFiles)
          )
        ) allVaults;
        message = "Each extra file must have exactly one of 'source' or 'text' set";
      }
    ];

    home.file = lib.listToAttrs (
      lib.concatMap (
        vault:
        map (entry: entry // { name = "${vault.target}/.obsidian/${entry.name}"; }) (
          vaultFiles vault.settings
        )
      ) vaults
    );

    # Obsidian writes further vaults and settings to its file.
    home.activation.obsidian = lib.hm.dag.entryAfter [ "writeBoundary" ] ''
      OBSIDIAN_CONFIG="${directory}/obsidian.json"
      if [ -f "$OBSIDIAN_CONFIG" ]; then
        verboseEcho "Merging existing Obsidian config with generated template"
        tmp="$(mktemp)"
        run ${lib.hm.options.tool pkgs "jq" "jq"} -s '(.[0] // {}) * (.[1] // {})' "$OBSIDIAN_CONFIG" "${template}" > "$tmp"
        run install -m644 "$tmp" "$OBSIDIAN_CONFIG"
        rm -f "$tmp"
      else
        verboseEcho "Installing fresh Obsidian config"
        run install -D -m644 "${template}" "$OBSIDIAN_CONFIG"
      fi
    '';
  };
}
