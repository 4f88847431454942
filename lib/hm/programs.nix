# The shape that most modules of programs and services have: the program, options that are written to
# files, lines in the start-up files of shells, and the unit. See modules/README.md.
{ lib }:

let
  inherit (lib) mkIf;

  # Arguments of sheets that modules do not have, by one of which a sheet is known.
  sheetArguments = [
    "bin"
    "cfg"
    "exe"
    "mailAccounts"
    "option"
    "types"
  ];

  # The path of an option: "settings.general" is [ "settings" "general" ].
  pathOf = lib.splitString ".";

  # Where each shell reads lines when a person starts it.
  startUp = {
    bash = "initExtra";
    fish = "interactiveShellInit";
    nushell = "extraConfig";
    zsh = "initContent";
  };

  integrationOptions = {
    bash = {
      name = "enableBashIntegration";
      make = lib.hm.shell.mkBashIntegrationOption;
    };
    fish = {
      name = "enableFishIntegration";
      make = lib.hm.shell.mkFishIntegrationOption;
    };
    nushell = {
      name = "enableNushellIntegration";
      make = lib.hm.shell.mkNushellIntegrationOption;
    };
    zsh = {
      name = "enableZshIntegration";
      make = lib.hm.shell.mkZshIntegrationOption;
    };
  };
in
rec {
  # A package whose program also finds those of other packages.
  withPrograms =
    pkgs: package: program: others:
    if package == null || others == [ ] then
      package
    else
      pkgs.symlinkJoin {
        name = "${lib.getName package}-wrapped-${lib.getVersion package}";
        paths = [ package ];
        preferLocalBuild = true;
        nativeBuildInputs = [ pkgs.makeWrapper ];
        postBuild = ''
          wrapProgram $out/bin/${program} \
            --suffix PATH : ${lib.makeBinPath others}
        '';
      };

  # Whether the value of a file of modules/programs or modules/services is a sheet, and not a module.
  isSheet =
    value: !lib.isFunction value || lib.any (name: lib.functionArgs value ? ${name}) sheetArguments;

  # Returns the module of a sheet: a set with the facts of a program, which are arguments of
  # `settingsModule`, or a function that returns one. The function takes any of `cfg`, which is the
  # program's own configuration, `exe` (how to call the program), `bin` (how to call one of the programs
  # in its package, by name), `mailAccounts` (the accounts of mail
  # that the program is enabled for), `option` (an option by its type, default and description),
  # `types`, `config`, `lib`, `options` and `pkgs`. The program has the name of the file, below the
  # group that has the name of the directory.
  fromSheet =
    file: sheet:
    {
      config,
      options,
      pkgs,
      ...
    }@module:
    let
      name = lib.removeSuffix ".nix" (baseNameOf file);
      group = baseNameOf (dirOf file);
      cfg = config.${group}.${name};
      facts =
        if lib.isFunction sheet then
          sheet {
            inherit
              cfg
              config
              lib
              options
              pkgs
              ;
            inherit (lib) types;
            inherit (lib.hm.options) option;
            exe = lib.hm.options.programPath cfg.package name;
            bin = lib.hm.options.binPath cfg.package;
            mailAccounts = lib.filter (account: account.enable && account.${name}.enable) (
              lib.attrValues config.accounts.email.accounts
            );
          }
        else
          sheet;
    in
    # With the file's name in messages and for `disabledModules`.
    settingsModule module ({ inherit group name; } // facts)
    // {
      _file = toString file;
      key = toString file;
    };

  # A module of a program, from the arguments of the module and the facts of the program.
  settingsModule =
    { config, pkgs, ... }:
    let
      given = config;
    in
    {
      # The group of options, `programs` or `services`, and the name below it.
      group ? "programs",
      name,

      # What `enable` is about.
      title ? name,

      # The address of the program's manual, for descriptions.
      docs ? null,

      # The package: a path of attributes in `pkgs`, or null if there is no such option; whether the
      # option may be null; further arguments of `lib.hm.options.packageOption`; the package to
      # install, or null.
      package ? name,
      nullable ? true,
      packageOption ? { },
      installed ? given.${group}.${name}.package or null,

      # The only kind of platform that the program runs on.
      linuxOnly ? false,
      darwinOnly ? false,

      # The options that are written to files, as for `lib.hm.files.fromOptions`.
      files ? { },

      # By the name of a shell, the lines that it reads at its start (a text, or a function of
      # `config.programs.NAME`), or options of the shell's module.
      shells ? { },
      shellOptions ? { },

      # The sections of the unit of the same name that systemd runs for the user.
      unit ? null,

      # Further options.
      options ? { },

      # Modules with further options of accounts, by the kind: `email`, `calendar` or `contact`.
      accounts ? { },

      # Options of earlier releases, as paths below `programs.NAME` with dots: by the old path the new
      # one, or a message that says what to do. Lists of sets keep an order.
      renamed ? { },
      removed ? { },

      # Further modules.
      imports ? [ ],

      # Further configuration, while the program is enabled: a configuration or a list of them, or a
      # function of `config.programs.NAME`.
      config ? [ ],
      extraConfig ? _cfg: { },

      # Further configuration, though the program may not be enabled.
      always ? { },
    }:
    let
      cfg = given.${group}.${name};

      reference = lib.optionalString (docs != null) "See <${docs}>.";

      written = lib.hm.files.fromOptions {
        config = given;
        inherit
          pkgs
          cfg
          files
          reference
          ;
      };

      shellOption = shell: _lines: {
        inherit (integrationOptions.${shell}) name;
        value = integrationOptions.${shell}.make { config = given; };
      };

      isIntegrated = shell: cfg.${integrationOptions.${shell}.name};

      writeLines = shell: lines: {
        programs.${shell}.${startUp.${shell}} = mkIf (isIntegrated shell) (
          if lib.isFunction lines then lines cfg else lines
        );
      };

      setOptions = shell: values: { programs.${shell} = mkIf (isIntegrated shell) values; };

      below = path: [ group name ] ++ pathOf path;
      renamedModule = from: to: lib.mkRenamedOptionModule (below from) (below to);
      removedModule = from: lib.mkRemovedOptionModule (below from);

      onlyOn =
        isOnly: platforms:
        lib.optional isOnly {
          assertions = [ (lib.hm.assertions.assertPlatform "${group}.${name}" pkgs platforms) ];
        };
    in
    {
      imports =
        imports
        ++ lib.concatMap (lib.mapAttrsToList renamedModule) (lib.toList renamed)
        ++ lib.concatMap (lib.mapAttrsToList removedModule) (lib.toList removed);

      options.accounts = lib.mapAttrs (_kind: module: {
        accounts = lib.mkOption { type = lib.types.attrsOf (lib.types.submodule module); };
      }) accounts;

      options.${group}.${name} = {
        enable =
          let
            option = lib.mkEnableOption title;
          in
          if docs == null then
            option
          else
            option // { description = "${option.description}\n\n${reference}"; };
      }
      // lib.optionalAttrs (package != null) {
        package = lib.hm.options.packageOption pkgs title (
          {
            inherit nullable;
            default = package;
          }
          // packageOption
        );
      }
      // written.options
      // lib.mapAttrs' shellOption (shells // shellOptions)
      // options;

      config = lib.mkMerge [
        always
        (mkIf cfg.enable (
          lib.mkMerge (
            [ { home.packages = mkIf (installed != null) [ installed ]; } ]
            ++ onlyOn linuxOnly lib.platforms.linux
            ++ onlyOn darwinOnly lib.platforms.darwin
            ++ lib.optional (unit != null) { systemd.user.services.${name} = unit; }
            ++ [ (extraConfig cfg) ]
            ++ lib.toList config
            ++ written.configs
            ++ lib.mapAttrsToList writeLines shells
            ++ lib.mapAttrsToList setOptions shellOptions
          )
        ))
      ];
    };
}
