# The shape that most modules of programs have: the program, options that are written to files, and
# lines in the start-up files of shells.
{ lib }:

let
  inherit (lib) mkIf;

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
{
  # A module of a program, from the arguments of the module and what there is to say of the program.
  settingsModule =
    { config, pkgs, ... }:
    {
      # The name below `programs`.
      name,

      # What `enable` is about.
      title ? name,

      # The package: a path of attributes in `pkgs`; and whether the option may be null.
      package ? name,
      nullable ? true,

      linuxOnly ? false,

      # The options that are written to files, as for `lib.hm.files.fromOptions`.
      files ? { },

      # By the name of a shell, the lines for it: a function of `config.programs.NAME`.
      shells ? { },

      # Further options.
      options ? { },

      # Further configuration, while the program is enabled: a function of `config.programs.NAME`.
      extraConfig ? _cfg: { },
    }:
    let
      cfg = config.programs.${name};

      written = lib.hm.files.fromOptions {
        inherit
          config
          pkgs
          cfg
          files
          ;
      };

      shellOption = shell: _lines: {
        inherit (integrationOptions.${shell}) name;
        value = integrationOptions.${shell}.make { inherit config; };
      };

      writeLines = shell: lines: {
        programs.${shell}.${startUp.${shell}} = mkIf cfg.${integrationOptions.${shell}.name} (lines cfg);
      };
    in
    {
      options.programs.${name} = {
        enable = lib.mkEnableOption title;
        package = lib.hm.options.packageOption pkgs title {
          inherit nullable;
          default = package;
        };
      }
      // written.options
      // lib.mapAttrs' shellOption shells
      // options;

      config = mkIf cfg.enable (
        lib.mkMerge (
          [
            { home.packages = mkIf (cfg.package != null) [ cfg.package ]; }
            (lib.optionalAttrs linuxOnly {
              assertions = [
                (lib.hm.assertions.assertPlatform "programs.${name}" pkgs lib.platforms.linux)
              ];
            })
            (extraConfig cfg)
          ]
          ++ written.configs
          ++ lib.mapAttrsToList writeLines shells
        )
      );
    };
}
