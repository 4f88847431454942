{
  config,
  lib,
  options,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ./paths.nix { inherit config lib; }) pluginsDir;

  cfg = config.programs.zsh;
  inherit (lib.hm.zsh) define;

  pluginType = types.submodule (
    { config, ... }:
    {
      imports = [ (lib.mkRenamedOptionModule [ "completions" ] [ "functions" ]) ];

      options = {
        name = mkOption {
          type = types.str;
          description = "Name of the plugin, and of its directory.";
        };

        src = mkOption {
          type = types.path;
          description = "Directory with the plugin's files, added to `PATH` and `fpath`.";
        };

        file = mkOption {
          type = types.str;
          default = "${config.name}.plugin.zsh";
          defaultText = lib.literalExpression ''"''${name}.plugin.zsh"'';
          description = "File in `src` to source.";
        };

        functions = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Directories in `src` to add to `fpath`.";
        };
      };
    }
  );

  functionPaths = lib.concatMap (
    plugin: map (directory: "${plugin.name}/${directory}") plugin.functions
  ) cfg.plugins;

  extraFunctionPaths = lib.optionalString (functionPaths != [ ]) ''
    # Add additional function paths to fpath
    ${define "function_paths" functionPaths}
    for function_path in "''${function_paths[@]}"; do
      fpath+="${pluginsDir}/$function_path"
    done
    unset function_path function_paths
  '';

  # A renamed option inside a submodule cannot warn by itself.
  renameWarnings = lib.concatMap (
    { file, value }:
    map (
      _plugin:
      "The option `programs.zsh.plugins.*.completions' defined in ${lib.showFiles [ file ]} has been renamed to `programs.zsh.plugins.*.functions'."
    ) (lib.filter (plugin: lib.isAttrs plugin && plugin ? completions) (if lib.isList value then value else [ ]))
  ) options.programs.zsh.plugins.definitionsWithLocations;
in
{
  imports = [
    ./antidote.nix
    ./oh-my-zsh.nix
    ./prezto.nix
    ./zplug.nix
    ./zprof.nix
    ./zsh-abbr.nix
  ];

  options.programs.zsh.plugins = mkOption {
    type = types.listOf pluginType;
    default = [ ];
    example = lib.literalExpression ''
      [
        {
          name = "wd";
          src = pkgs.zsh-wd;
          file = "share/wd/wd.plugin.zsh";
        }
      ]
    '';
    description = "Plugins to load, in this order.";
  };

  config = lib.mkIf (cfg.plugins != [ ]) {
    warnings = renameWarnings;

    home.file = lib.mkIf cfg.enable (
      lib.listToAttrs (
        map (plugin: lib.nameValuePair "${pluginsDir}/${plugin.name}" { source = plugin.src; }) cfg.plugins
      )
    );

    programs.zsh = {
      # Most plugins call compdef, which compinit makes.
      enableCompletion = lib.mkDefault true;

      initContent = lib.mkMerge [
        (lib.mkOrder 560 ''
          # Add plugin directories to PATH and fpath
          ${define "plugin_dirs" (map (plugin: plugin.name) cfg.plugins)}
          for plugin_dir in "''${plugin_dirs[@]}"; do
            path+="${pluginsDir}/$plugin_dir"
            fpath+="${pluginsDir}/$plugin_dir"
            for plugin_fpath_dir in \
              "$plugin_dir/share/zsh/plugins/$plugin_dir" \
              "$plugin_dir/share/zsh/site-functions" \
              "$plugin_dir/share/zsh/vendor-completions"; do
              [[ -d "${pluginsDir}/$plugin_fpath_dir" ]] && fpath+="${pluginsDir}/$plugin_fpath_dir"
            done
          done
          unset plugin_dir plugin_dirs plugin_fpath_dir
          ${extraFunctionPaths}
        '')

        (lib.mkOrder 900 ''
          # Source plugins
          ${define "plugins" (map (plugin: "${plugin.name}/${plugin.file}") cfg.plugins)}
          for plugin in "''${plugins[@]}"; do
            [[ -f "${pluginsDir}/$plugin" ]] && source "${pluginsDir}/$plugin"
          done
          unset plugin plugins
        '')
      ];
    };
  };
}
