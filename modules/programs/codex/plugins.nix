# Plugins of Codex. Their names and versions are in their manifests: those of plugins that are still to
# be built are found while the configuration is built.
{
  lib,
  pkgs,

  # `plugins` and `marketplaces` of the configuration, and its directory below the home directory.
  plugins,
  marketplaces,
  configDir,

  # Makes a directory of a path that is still to be built, and checks it.
  checkedDirectory,
}:

let
  inherit (lib.strings) sanitizeDerivationName;

  # Whose marketplace it is.
  owner = "home-manager";
  suffix = "@${owner}";

  cache = "${configDir}/plugins/cache/${owner}";

  # Whether files of a path can be read before anything is built.
  isReadable =
    value:
    !lib.isDerivation value
    && lib.all (context: context.path or false) (lib.attrValues (builtins.getContext (toString value)));

  plain = builtins.unsafeDiscardStringContext;

  manifestOf =
    plugin:
    let
      path = plugin + "/.codex-plugin/plugin.json";
    in
    if isReadable plugin && builtins.pathExists path then
      builtins.fromJSON (builtins.readFile path)
    else
      { };

  ownName =
    plugin:
    if lib.isDerivation plugin then
      plugin.pname or (lib.getName plugin)
    else
      baseNameOf (toString plugin);

  entryOf =
    index: plugin:
    let
      manifest = manifestOf plugin;
      version = manifest.version or null;
      name = plain (if manifest.name or null != null then manifest.name else ownName plugin);
      place = "${sanitizeDerivationName name}/${
        sanitizeDerivationName (plain (if version != null then version else plugin.version or "0.0.0"))
      }";
      isLate = !lib.isDerivation plugin && !isReadable plugin;
    in
    {
      inherit isLate plugin place;
      name = if isLate then "__home_manager_derived_plugin_${toString index}__" else name;
      storeName = "plugin-${sanitizeDerivationName name}";
    };

  entries = lib.imap0 entryOf plugins;
  late = lib.filter (entry: entry.isLate) entries;
  early = lib.filter (entry: !entry.isLate) entries;

  settings =
    lib.optionalAttrs (plugins != [ ] || marketplaces != { }) { features.plugins = true; }
    // lib.optionalAttrs (plugins != [ ]) {
      plugins = lib.listToAttrs (
        map (entry: lib.nameValuePair "${entry.name}${suffix}" { enabled = true; }) entries
      );
    }
    // lib.optionalAttrs (marketplaces != { }) {
      marketplaces = lib.mapAttrs (name: source: {
        source_type = "local";
        source = "${checkedDirectory "marketplace-${name}" source}";
      }) marketplaces;
    };

  marketplace = {
    name = owner;
    interface.displayName = "Home Manager";
    plugins = map (entry: {
      inherit (entry) name;
      source = {
        source = "local";
        path = if entry.isLate then entry.name else "./${cache}/${entry.place}";
      };
      policy = {
        installation = "AVAILABLE";
        authentication = "ON_INSTALL";
      };
      category = "Productivity";
    }) entries;
  };

  # The configuration, the marketplace and links to the plugins.
  bundleOf =
    config:
    pkgs.runCommandLocal "codex-derived-plugins"
      {
        nativeBuildInputs = [
          pkgs.python3
          pkgs.remarshal
        ];
        passAsFile = [ "given" ];
        given = builtins.toJSON {
          inherit
            cache
            config
            marketplace
            suffix
            ;
          plugins = map (entry: {
            placeholder = entry.name;
            source = toString entry.plugin;
            fallback = baseNameOf (toString entry.plugin);
          }) late;
        };
      }
      ''
        mkdir -p "$out/cache"
        cd "$out"
        python3 ${./place-plugins.py} "$givenPath"
        remarshal --if json --of toml config.json config.toml
      '';

  # A directory of an earlier generation, or of Codex, would be in the way of a link.
  removeDirectory = path: ''
    path="$HOME"/${path}
    if [ -d "$path" ] && [ ! -L "$path" ]; then
      rm -rf "$path"
    fi
  '';
in
{
  inherit settings;

  # The files of the configuration `config`, and what makes way for them.
  filesOf =
    {
      config,
      configPath,
      generate,
    }:
    let
      bundle = bundleOf config;
      marketplaceFile = (pkgs.formats.json { }).generate "codex-home-manager-marketplace" marketplace;
    in
    {
      files = {
        ${configPath} = lib.mkIf (config != { }) {
          source = if late == [ ] then generate "codex-config" config else bundle + "/config.toml";
        };
        ".agents/plugins/marketplace.json" = lib.mkIf (plugins != [ ]) {
          source = if late == [ ] then marketplaceFile else bundle + "/marketplace.json";
        };
      }
      // lib.listToAttrs (
        map (
          entry:
          lib.nameValuePair "${cache}/${entry.place}" {
            source = checkedDirectory entry.storeName entry.plugin;
            force = true;
          }
        ) early
      )
      // lib.optionalAttrs (late != [ ]) {
        ${cache} = {
          source = bundle + "/cache";
          recursive = true;
          ignorelinks = true;
        };
      };

      makeWay =
        lib.concatMapStrings (entry: removeDirectory (lib.escapeShellArg "${cache}/${entry.place}")) early
        + lib.optionalString (late != [ ]) ''
          for plugin in ${bundle}/cache/*/*; do
            [ -L "$plugin" ] || continue
            ${removeDirectory ''${lib.escapeShellArg cache}/"''${plugin#${bundle}/cache/}"''}
          done
        '';
    };
}
