{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf;

  cfg = config.programs.neovim;

  jsonFormat = pkgs.formats.json { };

  defaultLanguage = import ./plugin-language.nix { inherit config lib; };

  # Plugins with and without settings, as the former.
  plugins = map (
    plugin:
    {
      type = defaultLanguage.effectiveDefault;
      config = null;
      optional = false;
      runtime = { };
    }
    // (if plugin ? plugin then plugin else { inherit plugin; })
  ) (
    cfg.plugins
    ++ lib.optional cfg.coc.enable {
      type = "viml";
      plugin = cfg.coc.package;
      config = cfg.coc.pluginConfig;
    }
  );

  # What the builder of nixpkgs knows of a plugin: it writes Vim script alone.
  builderPlugins = map (plugin: {
    inherit (plugin) plugin optional;
    config = if plugin.type == "viml" then plugin.config else null;
  }) plugins;

  packageInfo = pkgs.neovimUtils.makeVimPackageInfo builderPlugins;

  wrapped =
    (pkgs.wrapNeovimUnstable cfg.package {
      inherit (cfg)
        autowrapRuntimeDeps
        extraLuaPackages
        extraName
        viAlias
        vimAlias
        waylandSupport
        withPerl
        withPython3
        withRuby
        ;
      withNodeJs = cfg.withNodeJs || cfg.coc.enable;
      plugins = builderPlugins;
      extraPython3Packages =
        ps: cfg.extraPython3Packages ps ++ lib.concatMap (f: f ps) packageInfo.pluginPython3Packages;
      neovimRcContent = cfg.extraConfig;
      wrapperArgs =
        cfg.extraWrapperArgs
        ++ lib.optionals (cfg.extraPackages != [ ]) [
          "--suffix"
          "PATH"
          ":"
          (lib.makeBinPath cfg.extraPackages)
        ];
      wrapRc = false;
    }).overrideAttrs
      {
        # The plugins are linked into the home directory instead.
        packpathDirs.myNeovimPackages = {
          start = [ ];
          opt = [ ];
        };
      };

  # The configurations of the plugins, by language.
  configs = lib.mapAttrs (
    _language: group:
    lib.concatStringsSep "\n" (lib.filter (text: text != null) (map (plugin: plugin.config) group))
  ) (lib.groupBy (plugin: plugin.type) plugins);

  # The Vim script that a Neovim of the distribution gets, in the same order as from the builder.
  vimScript = lib.concatStringsSep "\n" (
    lib.filter (text: text != "") [
      (configs.viml or "")
      cfg.extraConfig
    ]
  );

  usesDistribution = cfg.package == null;

  earlyLua =
    if usesDistribution then
      lib.optionalString (vimScript != "") ''
        vim.cmd.source "${pkgs.writeText "init.vim" vimScript}"
      ''
    else
      wrapped.luaRcContent;

  packPath =
    if usesDistribution then
      pkgs.linkFarm "neovim-plugins" (
        map (plugin: {
          name = "${if plugin.optional then "opt" else "start"}/${lib.getName plugin.plugin}";
          path = plugin.plugin;
        }) plugins
      )
    else
      "${pkgs.neovimUtils.packDir { hm = packageInfo.vimPackage; }}/pack/hm";
in
{
  imports = [
    ./options.nix
    ./fennel.nix
  ];

  config = mkIf cfg.enable {
    warnings = lib.hm.deprecations.mkStateVersionListSubmoduleWarnings {
      inherit (config.home) stateVersion;
      since = "26.05";
      baseWarning = defaultLanguage.warning;
      definitions = options.programs.neovim.plugins.definitionsWithLocations;
      shouldWarnEntry = lib.hm.deprecations.mkListEntryOmittedFieldPredicate {
        omittedField = "type";
        triggerField = "config";
      };
      describeEntry =
        entry:
        if (entry.value.plugin or null) == null then
          "a plugin entry"
        else
          "plugin `${lib.getName entry.value.plugin}`";
      extraEntryWarning =
        _entry:
        ''Set `type = "viml"` or `type = "lua"` on that plugin entry to make the config language explicit.'';
    };

    programs.neovim = {
      finalPackage = if usesDistribution then null else wrapped;

      generatedConfigViml = cfg.extraConfig;
      generatedConfigs = configs;

      extraPackages = mkIf (cfg.autowrapRuntimeDeps && !usesDistribution) packageInfo.runtimeDeps;

      extraWrapperArgs = mkIf (cfg.sideloadInitLua && cfg.initLua != "") [
        "--add-flags"
        ''--cmd 'lua dofile("${pkgs.writeText "wrapper-init-lua" cfg.initLua}")' ''
      ];

      initLua = lib.mkMerge [
        (mkIf (earlyLua != "") (lib.mkOrder 200 earlyLua))
        (mkIf (configs.lua or "" != "") (
          lib.mkAfter ''
            -- user-associated plugin config {{{
            ${configs.lua}
            -- }}}
          ''
        ))
      ];
    };

    home = {
      packages = if usesDistribution then cfg.extraPackages else [ cfg.finalPackage ];

      sessionVariables = mkIf cfg.defaultEditor {
        EDITOR = "nvim";
        VISUAL = "nvim";
      };

      # The wrapper has the other two as programs.
      shellAliases = {
        vimdiff = mkIf cfg.vimdiffAlias "nvim -d";
        vi = mkIf (usesDistribution && cfg.viAlias) "nvim";
        vim = mkIf (usesDistribution && cfg.vimAlias) "nvim";
      };
    };

    # Where any Neovim finds them, wrapped or not.
    xdg.dataFile."nvim/site/pack/hm" = {
      enable = plugins != [ ];
      source = packPath;
    };

    xdg.configFile = lib.mkMerge (
      map (
        plugin: lib.mapAttrs' (name: file: lib.nameValuePair "nvim/${name}" file) plugin.runtime
      ) plugins
      ++ [
        {
          "nvim/init.lua" = mkIf (cfg.initLua != "") {
            enable = !cfg.sideloadInitLua;
            text = cfg.initLua;
          };

          "nvim/coc-settings.json" = mkIf cfg.coc.enable {
            source = jsonFormat.generate "coc-settings.json" cfg.coc.settings;
          };
        }
      ]
    );
  };
}
