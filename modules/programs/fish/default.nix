{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.programs.fish;

  fishTypes = import ./types.nix { inherit lib; };
  syntax = import ./syntax.nix { inherit lib; };

  generatesCompletions = cfg.generateCompletions && cfg.package != null;
  generatedCompletions = import ./generated-completions.nix { inherit config lib pkgs; };

  scriptOption = description: mkOption {
    type = types.lines;
    default = "";
    inherit description;
  };

  # A file in the layout of fish_indent, or as it is where there is no fish to run it.
  script =
    name: text:
    if cfg.package == null then
      { inherit text; }
    else
      {
        source = pkgs.runCommand name {
          nativeBuildInputs = [ cfg.package ];
          inherit text;
          passAsFile = [ "text" ];
        } "env HOME=$(mktemp -d) fish_indent < $textPath > $out";
      };

  sessionVariablesScript = "etc/profile.d/hm-session-vars.fish";
  posixVariables = "${config.home.sessionVariablesPackage}/etc/profile.d/hm-session-vars.sh";

  # babelfish translates the script of the other shells. Without it, let a POSIX shell run
  # the script, and take over what it then has in its environment.
  importedVariables = ''
    function setup_hm_session_vars
        for entry in (sh -c '. "$1"; exec env -0' sh ${posixVariables} | string split0)
            set -l pair (string split --max 1 = -- $entry)
            contains -- $pair[1] PWD OLDPWD SHLVL _; or set -gx $pair[1] $pair[2]
        end
    end
    setup_hm_session_vars
  '';

  sessionVariablesPackage =
    if cfg.package == null then
      pkgs.writeTextFile {
        name = "hm-session-vars.fish";
        destination = "/${sessionVariablesScript}";
        text = importedVariables;
      }
    else
      pkgs.runCommandLocal "hm-session-vars.fish" { } ''
        mkdir -p "$(dirname $out/${sessionVariablesScript})"
        (echo "function setup_hm_session_vars;"
        ${pkgs.buildPackages.babelfish}/bin/babelfish \
          <${posixVariables}
        echo "end"
        echo "setup_hm_session_vars") > $out/${sessionVariablesScript}
      '';

  # fish reads the file of a function when it is first called, which is too late for one
  # that waits for an event.
  handlers = lib.attrNames (lib.filterAttrs (_name: syntax.isHandler) cfg.functions);

  inherit (lib) concatMapStringsSep concatStringsSep mapAttrsToList;

  aliases = concatStringsSep "\n" (
    mapAttrsToList (name: value: "alias ${name} ${lib.escapeShellArg value}") cfg.shellAliases
  );

  abbreviations = concatStringsSep "\n" (mapAttrsToList syntax.abbreviation cfg.shellAbbrs);

  binds = lib.filterAttrs (_key: bind: bind.enable) cfg.binds;

  body = value: lib.removeSuffix "\n" (if lib.isAttrs value then value.body else value);

  functionFile = name: definition: {
    name = "fish/functions/${name}.fish";
    value = script "${name}.fish" ''
      function ${name}${syntax.functionOptions definition}
        ${body definition}
      end
    '';
  };

  completionFile = name: definition: {
    name = "fish/completions/${name}.fish";
    value = script "${name}.fish" ''
      ${body definition}
    '';
  };

  pluginFile = plugin: {
    name = "fish/conf.d/plugin-${plugin.name}.fish";
    value = script "${plugin.name}.fish" ''
      # Plugin ${plugin.name}
      set -l plugin_dir ${plugin.src}

      # Set paths to import plugin components
      if test -d $plugin_dir/functions
        set fish_function_path $fish_function_path[1] $plugin_dir/functions $fish_function_path[2..-1]
      end

      if test -d $plugin_dir/completions
        set fish_complete_path $fish_complete_path[1] $plugin_dir/completions $fish_complete_path[2..-1]
      end

      # Source initialization code if it exists.
      if test -d $plugin_dir/conf.d
        for f in $plugin_dir/conf.d/*.fish
          source $f
        end
      end

      if test -f $plugin_dir/key_bindings.fish
        source $plugin_dir/key_bindings.fish
      end

      if test -f $plugin_dir/init.fish
        source $plugin_dir/init.fish
      end
    '';
  };
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "programs" "fish" "promptInit" ] ''
      Prompt is now configured through the

        programs.fish.interactiveShellInit

      option. Please change to use that instead.
    '')
  ];

  options.programs.fish = {
    enable = lib.mkEnableOption "management of the fish shell";

    package = lib.hm.options.packageOption pkgs "fish" { nullable = true; };

    generateCompletions = lib.mkEnableOption "completions made from manual pages" // {
      default = true;
    };

    shellAliases = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example.g = "git";
      description = "Commands by the name of their alias.";
    };

    shellAbbrs = mkOption {
      type = types.attrsOf (types.either types.str fishTypes.abbreviation);
      default = { };
      example = {
        gco = "git checkout";
        "-C" = {
          position = "anywhere";
          expansion = "--color";
        };
      };
      description = "Abbreviations, which fish replaces while you type.";
    };

    preferAbbrs = mkOption {
      type = types.bool;
      default = false;
      description = "Whether other modules define abbreviations in place of aliases.";
    };

    binds = mkOption {
      type = types.attrsOf fishTypes.bind;
      default = { };
      example = lib.literalExpression ''{ "alt-shift-b".command = "fish_commandline_append bat"; }'';
      description = "Key bindings by key.";
    };

    functions = mkOption {
      type = types.attrsOf (types.either types.lines fishTypes.function);
      default = { };
      example.gitignore = "curl -sL https://www.gitignore.io/api/$argv";
      description = "Functions by name: the body, or a set with the options of {command}`function`.";
    };

    completions = mkOption {
      type = types.attrsOf (types.either types.lines fishTypes.completion);
      default = { };
      example.my-program = "complete -c my-program -s o -l output";
      description = "Completions by the name of the command.";
    };

    plugins = mkOption {
      type = types.listOf fishTypes.plugin;
      default = [ ];
      example = lib.literalExpression ''[ { name = "z"; inherit (pkgs.fishPlugins.z) src; } ]'';
      description = "Plugins to load.";
    };

    shellInit = scriptOption "Lines for every shell.";
    loginShellInit = scriptOption "Lines for login shells.";
    interactiveShellInit = scriptOption "Lines for interactive shells.";
    shellInitLast = scriptOption "Lines for the end of {file}`config.fish`.";

    sessionVariablesPackage = mkOption {
      type = types.package;
      internal = true;
      description = "Package with the script that sets the variables of the session.";
    };
  };

  config = mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package ++ [ cfg.sessionVariablesPackage ];

    # Without a reference to the empty ones they would be built again each time.
    home.extraDependencies = mkIf generatesCompletions generatedCompletions.packages;

    xdg.dataFile = mkIf generatesCompletions {
      "fish/home-manager/generated_completions".source = generatedCompletions.directory;
    };

    programs = {
      fish = {
        inherit sessionVariablesPackage;

        interactiveShellInit = mkIf generatesCompletions generatedCompletions.initialisation;

        functions = mkIf (binds != { }) {
          fish_user_key_bindings = concatStringsSep "\n" (
            lib.concatLists (mapAttrsToList syntax.bindCommands binds)
          );
        };
      };
    }
    # fish completes the argument of man with apropos.
    // lib.optionalAttrs (options.programs ? man) {
      man.generateCaches = mkIf generatesCompletions (lib.mkDefault true);
    };

    xdg.configFile = lib.mkMerge [
      (lib.mapAttrs' functionFile cfg.functions)
      (lib.mapAttrs' completionFile cfg.completions)
      (lib.listToAttrs (map pluginFile cfg.plugins))
      {
        "fish/config.fish" = script "config.fish" ''
          # ~/.config/fish/config.fish: DO NOT EDIT -- this file has been generated
          # automatically by home-manager.

          # Only execute this file once per shell.
          set -q __fish_home_manager_config_sourced; and exit
          set -g __fish_home_manager_config_sourced 1

          source ${cfg.sessionVariablesPackage}/${sessionVariablesScript}

          # Source handler functions
          ${concatMapStringsSep "\n" (
            name: "source ${config.xdg.configHome}/fish/functions/${name}.fish"
          ) handlers}

          ${cfg.shellInit}

          status is-login; and begin

            # Login shell initialisation
            ${cfg.loginShellInit}

          end

          status is-interactive; and begin

            # Abbreviations
            ${abbreviations}

            # Aliases
            ${aliases}

            # Interactive shell initialisation
            ${cfg.interactiveShellInit}

          end

          ${cfg.shellInitLast}
        '';
      }
    ];
  };
}
