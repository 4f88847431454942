# The settings of a vault, or those of all vaults.
{
  lib,
  json,
  corePlugins,
}:

let
  inherit (lib) types;
  inherit (lib.hm.options) option;

  enable = option types.bool true "Whether it is enabled.";
  pluginSettings = option json.type null "Its settings.";
  package = description: lib.mkOption {
    type = types.package;
    inherit description;
  };
  source = option (types.nullOr types.path) null "The file.";
  text = option (types.nullOr types.str) null "The contents.";

  # A list of submodules, each of which can be given by its main attribute.
  listOf =
    short: attribute: module:
    types.nullOr (
      types.listOf (types.coercedTo short (value: { ${attribute} = value; }) (types.submodule module))
    );

  isCss = path: lib.pathIsRegularFile path && lib.hasSuffix ".css" path;

  cssSnippet =
    { config, ... }:
    {
      options = {
        inherit enable text;
        name = lib.mkOption {
          type = types.str;
          defaultText = lib.literalExpression ''lib.strings.removeSuffix ".css" (builtins.baseNameOf source)'';
          description = "Name of the snippet.";
        };
        source = option (types.nullOr (types.addCheck types.path isCss)) null "The file.";
      };
      config.name = lib.mkDefault (lib.removeSuffix ".css" (baseNameOf config.source));
    };

  extraFile =
    { name, ... }:
    {
      options = {
        inherit source text;
        target = lib.mkOption {
          type = types.str;
          defaultText = lib.literalExpression "name";
          description = "Path of the file, below {file}`.obsidian`.";
        };
      };
      config.target = lib.mkDefault name;
    };

  kinds = {
    app = {
      inherit (json) type;
      description = "Contents of {file}`app.json`.";
    };
    appearance = {
      inherit (json) type;
      description = "Contents of {file}`appearance.json`.";
    };
    corePlugins = {
      type = listOf (types.enum corePlugins) "name" {
        options = {
          inherit enable;
          name = lib.mkOption {
            type = types.enum corePlugins;
            description = "Name of the plugin.";
          };
          settings = pluginSettings;
        };
      };
      description = "Plugins of Obsidian: names, or sets with settings. See <https://help.obsidian.md/plugins>.";
    };
    communityPlugins = {
      type = listOf types.package "pkg" {
        options = {
          inherit enable;
          pkg = package "Package of the plugin.";
          settings = pluginSettings;
        };
      };
      description = "Other plugins: packages, or sets with settings. See <https://obsidian.md/plugins>.";
    };
    cssSnippets = {
      type = listOf (types.addCheck types.path isCss) "source" cssSnippet;
      description = "Style: files, or sets with their contents. See <https://help.obsidian.md/snippets>.";
    };
    themes = {
      type = listOf types.package "pkg" {
        options = {
          inherit enable;
          pkg = package "Package of the theme.";
        };
      };
      description = "Themes, one of which is enabled. See <https://help.obsidian.md/themes>.";
    };
    hotkeys = {
      type = types.nullOr (
        types.attrsOf (
          types.listOf (
            types.submodule {
              options = {
                modifiers = option (types.listOf types.str) [ ] "Modifiers of the key.";
                key = lib.mkOption {
                  type = types.str;
                  description = "The key.";
                };
              };
            }
          )
        )
      );
      description = "Keys by command. See <https://help.obsidian.md/hotkeys>.";
    };
    extraFiles = {
      type = types.nullOr (types.attrsOf (types.submodule extraFile));
      description = "Further files in {file}`.obsidian`.";
    };
  };
in
# With the settings that are the defaults, if there are any.
defaults:
lib.mapAttrs (
  name:
  { type, description }:
  lib.mkOption (
    {
      inherit type description;
      default = if defaults == null then null else defaults.${name};
    }
    // lib.optionalAttrs (defaults != null) {
      defaultText = lib.literalExpression "config.programs.obsidian.defaultSettings.${name}";
    }
  )
) kinds
