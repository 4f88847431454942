{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption mkOrder types;
  inherit (lib.hm.options) installPrefix packageOption;

  cfg = config.programs.zsh;

  paths = import ./paths.nix { inherit config lib; };
  inherit (paths) dotDirAbs dotDirRel homeDir doubleQuoted;

  keymaps = {
    emacs = "-e";
    vicmd = "-a";
    viins = "-v";
  };

  scriptOption = file: mkOption {
    type = types.lines;
    default = "";
    description = "Lines for {file}`${file}`.";
  };

  stringsByName = description: example: mkOption {
    type = types.attrsOf types.str;
    default = { };
    inherit description example;
  };

  strings = description: example: mkOption {
    type = types.listOf types.str;
    default = [ ];
    inherit description example;
  };

  joinLines = lib.concatStringsSep "\n";
  joinMapped = function: attrs: joinLines (lib.mapAttrsToList function attrs);
  quote = lib.escapeShellArg;

  indented =
    text: joinLines (map (line: if line == "" then "" else "  " + line) (lib.splitString "\n" text));

  sessionVariables = joinLines [
    "# Environment variables"
    ''. "${config.home.sessionVariablesPackage}/etc/profile.d/hm-session-vars.sh"''
    ""
    "# Only source this once"
    ''if [[ -z "''${__HM_ZSH_SESS_VARS_SOURCED-}" ]]; then''
    "  export __HM_ZSH_SESS_VARS_SOURCED=1"
    "  ${lib.hm.zsh.exportAll cfg.sessionVariables { indent = "  "; }}"
    "fi"
  ];

  aliases = joinMapped (name: value: "alias -- ${quote name}=${quote value}") cfg.shellAliases;

  globalAliases = joinMapped (
    name: value: "alias -g -- ${quote name}=${quote value}"
  ) cfg.shellGlobalAliases;

  namedDirectories = joinMapped (
    name: path: "hash -d ${quote name}=${doubleQuoted path}"
  ) cfg.dirHashes;

  localVariables = lib.hm.zsh.defineAll cfg.localVariables;

  functionPackage =
    name: text:
    pkgs.writeTextFile {
      name = lib.strings.sanitizeDerivationName name;
      destination = "/share/zsh/site-functions/${name}";
      inherit text;
    };

  # A framework that runs compinit itself makes ours a waste of time.
  runsCompinit = cfg.enableCompletion && !cfg.oh-my-zsh.enable && !cfg.prezto.enable;

  pathAdvice = ''
    - config.home.homeDirectory (user's home directory)
    - config.xdg.configHome (XDG config directory)
    - config.xdg.dataHome (XDG data directory)
    - config.xdg.cacheHome (XDG cache directory)
  '';

  usesShellVariable = lib.hasInfix "$" cfg.dotDir;

  warnings = {
    relativeDotDir = {
      when = cfg.dotDir != homeDir && !lib.hasPrefix "/" cfg.dotDir && !usesShellVariable;
      text = ''
        Using relative paths in programs.zsh.dotDir is deprecated and will be removed in a future release.
        Current dotDir: ${cfg.dotDir}
        Consider using absolute paths or home-manager config options instead.
        You can replace relative paths or environment variables with options like:
        ${pathAdvice}'';
    };

    legacyDotDir = {
      when =
        config.xdg.enable
        && lib.versionOlder config.home.stateVersion "26.05"
        && options.programs.zsh.dotDir.highestPrio >= (lib.mkOptionDefault { }).priority;
      text = ''
        The default value of `programs.zsh.dotDir` will change in future versions.
        You are currently using the legacy default (home directory) because `home.stateVersion` is less than "26.05".
        To silence this warning and lock in the current behavior, set:
          programs.zsh.dotDir = config.home.homeDirectory;
        To adopt the new behavior (XDG config directory), set:
          programs.zsh.dotDir = "''${config.xdg.configHome}/zsh";
      '';
    };
  };

  # What goes to .zshrc from here, besides history, plugins and frameworks.
  zshrc = [
    {
      order = 510;
      text = "typeset -U path cdpath fpath manpath";
    }
    {
      when = cfg.cdpath != [ ];
      order = 510;
      text = ''
        cdpath+=(${lib.concatMapStringsSep " " doubleQuoted cfg.cdpath})
      '';
    }
    {
      order = 520;
      text = joinLines [
        "for profile in \${(z)NIX_PROFILES}; do"
        "  fpath+=($profile/share/zsh/site-functions $profile/share/zsh/$ZSH_VERSION/functions $profile/share/zsh/vendor-completions)"
        "done"
        ""
        ''HELPDIR="${installPrefix cfg.package}/share/zsh/$ZSH_VERSION/help"''
        ""
      ];
    }
    {
      when = cfg.defaultKeymap != null;
      order = 530;
      text = ''
        # Use ${cfg.defaultKeymap} keymap as the default.
        bindkey ${keymaps.${cfg.defaultKeymap}}
      '';
    }
    {
      when = localVariables != "";
      order = 540;
      text = localVariables;
    }
    {
      when = runsCompinit;
      order = 570;
      text = cfg.completionInit;
    }
    {
      when = cfg.setOptions != [ ];
      order = 950;
      text = ''
        # Set shell options
        ${lib.hm.zsh.define "set_opts" cfg.setOptions}
        for opt in "''${set_opts[@]}"; do
          setopt "$opt"
        done
        unset opt set_opts
      '';
    }
    {
      when = cfg.shellAliases != { } || cfg.shellGlobalAliases != { };
      order = 1100;
      text = joinLines (
        lib.optional (cfg.shellAliases != { }) aliases
        ++ lib.optional (cfg.shellGlobalAliases != { }) globalAliases
      );
    }
    {
      when = cfg.dirHashes != { };
      order = 1150;
      text = ''
        # Named Directory Hashes
        ${namedDirectories}
      '';
    }
  ];
in
{
  imports = [
    ./plugins.nix
    ./deprecated.nix
    ./history.nix
    ./editing.nix
  ];

  options.programs.zsh = {
    enable = lib.mkEnableOption "management of the Z shell";

    package = packageOption pkgs "zsh" { nullable = true; };

    autocd = mkOption {
      type = types.nullOr types.bool;
      default = null;
      description = "Whether the name of a directory alone changes to it.";
    };

    cdpath = strings "Directories that {command}`cd` searches." [ "~/src" ];

    dotDir = mkOption {
      type = types.nullOr types.str;
      default =
        if config.xdg.enable && lib.versionAtLeast config.home.stateVersion "26.05" then
          "${config.xdg.configHome}/zsh"
        else
          homeDir;
      defaultText = lib.literalExpression ''
        if config.xdg.enable && lib.versionAtLeast config.home.stateVersion "26.05" then
          "''${config.xdg.configHome}/zsh"
        else
          config.home.homeDirectory
      '';
      example = lib.literalExpression ''"''${config.xdg.configHome}/zsh"'';
      description = "Directory of zsh's startup files (`ZDOTDIR`).";
    };

    shellAliases = stringsByName "Commands by the name of their alias." { ll = "ls -l"; };

    shellGlobalAliases = stringsByName "Aliases that are replaced anywhere in a line." {
      G = "| grep";
    };

    dirHashes = stringsByName "Directories by the name that `~name` gives them." {
      docs = "$HOME/Documents";
    };

    enableCompletion = mkOption {
      type = types.bool;
      default = true;
      description = "Whether to set up completion.";
    };

    completionInit = mkOption {
      type = types.lines;
      default = "autoload -U compinit && compinit";
      description = "Lines of {file}`.zshrc` that set up completion.";
    };

    defaultKeymap = mkOption {
      type = types.nullOr (types.enum (lib.attrNames keymaps));
      default = null;
      example = "emacs";
      description = "Keymap to begin with.";
    };

    sessionVariables = mkOption {
      type =
        with types;
        lazyAttrsOf (
          nullOr (oneOf [
            str
            path
            int
            float
            bool
          ])
        );
      default = { };
      example.MAILCHECK = 30;
      description = "Variables exported by zsh; `null` leaves a variable out.";
    };

    localVariables = mkOption {
      type = types.attrs;
      default = { };
      example.POWERLEVEL9K_LEFT_PROMPT_ELEMENTS = [
        "dir"
        "vcs"
      ];
      description = "Variables of the shell itself, set early in {file}`.zshrc`.";
    };

    initContent = mkOption {
      type = types.lines;
      default = "";
      example = lib.literalExpression ''lib.mkOrder 1200 "echo hello"'';
      description = ''
        Lines for {file}`.zshrc`. Their place is set with `lib.mkOrder`: 500 (`lib.mkBefore`)
        is before everything, 550 before the completion is set up, 1000 (none given) after the
        frameworks and plugins, and 1500 (`lib.mkAfter`) at the end.
      '';
    };

    envExtra = scriptOption ".zshenv";
    profileExtra = scriptOption ".zprofile";
    loginExtra = scriptOption ".zlogin";
    logoutExtra = scriptOption ".zlogout";

    setOptions = strings "Options to set, with `NO_` before those to unset, see {manpage}`zshoptions(1)`." [
      "EXTENDED_HISTORY"
      "NO_BEEP"
    ];

    siteFunctions = mkOption {
      type = types.attrsOf types.lines;
      default = { };
      example.mkcd = ''mkdir -p "$1" && cd "$1"'';
      description = "Bodies of functions by name, loaded when first called.";
    };
  };

  config = mkIf cfg.enable (
    lib.mkMerge [
      {
        lib.zsh = paths;

        assertions = [
          {
            assertion = !usesShellVariable;
            message = ''
              programs.zsh.dotDir cannot contain shell variables as it is used for file creation at build time.
              Current dotDir: ${cfg.dotDir}
              Consider using an absolute path or home-manager config options instead.
              You can replace shell variables with options like:
              ${pathAdvice}'';
          }
        ]
        ++ lib.mapAttrsToList (name: _body: {
          assertion = !lib.hasPrefix "/" name;
          message =
            "programs.zsh.siteFunctions: function name '${name}' cannot start with a '/'. "
            + "either rename it, or don't rely on autoloading for that function (e.g. by defining it inside your '.zshrc')";
        }) cfg.siteFunctions;

        warnings = lib.concatMap (warning: lib.optional warning.when warning.text) [
          warnings.relativeDotDir
          warnings.legacyDotDir
        ];

        home.packages =
          lib.optional (cfg.package != null) cfg.package
          ++ lib.optional (cfg.enableCompletion && pkgs ? nix-zsh-completions) (
            lib.lowPrio pkgs.nix-zsh-completions
          )
          ++ lib.mapAttrsToList functionPackage cfg.siteFunctions;

        # A definition rather than the default, so that further ones are added to it.
        programs.zsh.syntaxHighlighting.highlighters = mkIf cfg.syntaxHighlighting.enable [ "main" ];

        programs.zsh.initContent = lib.mkMerge (
          [
            (mkIf (cfg.siteFunctions != { }) (
              lib.escapeShellArgs (
                [
                  "autoload"
                  "-Uz"
                  "--"
                ]
                ++ lib.attrNames cfg.siteFunctions
              )
            ))
          ]
          ++ map (part: mkIf (part.when or true) (mkOrder part.order part.text)) zshrc
        );

        home.file = {
          "${dotDirRel}/.zshrc".text = cfg.initContent;

          # Login shells have read .zprofile.
          "${dotDirRel}/.zshenv".text = lib.mkMerge [
            ''
              if [[ ! -o login ]]; then
              ${indented sessionVariables}
              fi
            ''
            (mkIf (dotDirAbs != homeDir) ''
              ${lib.hm.zsh.export "ZDOTDIR" dotDirAbs}
            '')
            (mkIf (cfg.envExtra != "") cfg.envExtra)
          ];

          "${dotDirRel}/.zprofile".text =
            sessionVariables + "\n" + lib.optionalString (cfg.profileExtra != "") "\n${cfg.profileExtra}\n";

          "${dotDirRel}/.zlogin" = mkIf (cfg.loginExtra != "") { text = cfg.loginExtra; };
          "${dotDirRel}/.zlogout" = mkIf (cfg.logoutExtra != "") { text = cfg.logoutExtra; };
        };
      }

      # zsh reads this one before it can know ZDOTDIR.
      (mkIf (dotDirAbs != homeDir) {
        home.file.".zshenv".text = ''
          source ${quote "${dotDirAbs}/.zshenv"}
        '';
      })
    ]
  );
}
