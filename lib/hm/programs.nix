# The shape that most modules of programs have: the program, options that are written to files, and
# lines in the start-up files of shells.
{ lib }:

let
  inherit (lib) mkIf mkOption types;

  # How a file's contents are declared and made, by the name of the format: its type, the value for
  # which there is no file, and what the file is made of.
  formatOf =
    pkgs: format:
    let
      inline = type: empty: text: {
        inherit type empty;
        contents = _name: value: { text = text value; };
      };
    in
    if lib.isAttrs format then
      {
        inherit (format) type;
        empty = { };
        contents = name: value: { source = format.generate name value; };
      }
    else if format == "lines" then
      inline types.lines "" (text: text)
    else if format == "text-or-path" then
      {
        type = types.either types.lines types.path;
        empty = "";
        contents = name: value: {
          source = if lib.isPath value then value else pkgs.writeText name value;
        };
      }
    else if format == "hyprconf" then
      inline hyprconfType { } (attrs: lib.hm.generators.toHyprconf { inherit attrs; })
    else
      formatOf pkgs (pkgs.formats.${format} { });

  hyprconfType =
    let
      value =
        types.nullOr (
          types.oneOf [
            types.bool
            types.int
            types.float
            types.str
            types.path
            (types.attrsOf value)
            (types.listOf value)
          ]
        )
        // {
          description = "Hyprland configuration value";
        };
    in
    value;

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

      # By the option that has a file's contents: `format` (the name of one of `pkgs.formats`, such a
      # format, "lines", "text-or-path" or "hyprconf"); the path of the file as `home` (below the home
      # directory), or `xdg` (below $XDG_CONFIG_HOME); `darwin`, where it is on macOS, below the home
      # directory; `always`, for a file that is written though it is empty; `prepare`, which the
      # value goes through first; `type`, `default`, `example`, `description` of the option.
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

      # Whether a file is where macOS wants it.
      onDarwin = file: file ? darwin && pkgs.stdenv.hostPlatform.isDarwin;

      fileOption =
        _option:
        {
          format,
          example ? null,
          ...
        }@file:
        let
          made = formatOf pkgs format;
          shown = if file ? xdg then "$XDG_CONFIG_HOME/${file.xdg}" else "~/${file.home}";
        in
        mkOption (
          {
            type = file.type or made.type;
            default = file.default or made.empty;
            description = file.description or "Contents of {file}`${shown}`.";
          }
          // lib.optionalAttrs (example != null) { inherit example; }
        );

      # The name of what is built is that of the program and the file; the file's own may not be one
      # that the store knows.
      writeFile =
        option: file:
        let
          made = formatOf pkgs file.format;
          value = cfg.${option};
          baseName = lib.removePrefix "." (baseNameOf (file.xdg or file.home));
          written = mkIf (file.always or false || (value != made.empty && value != null)) (
            made.contents "${name}-${lib.hm.strings.storeFileName baseName}" ((file.prepare or lib.id) value)
          );
        in
        # Which options are set must be known without `pkgs`, which comes from the configuration.
        lib.mkMerge [
          (lib.optionalAttrs (file ? home) {
            home.file.${file.home} = mkIf (!onDarwin file) written;
          })
          (lib.optionalAttrs (file ? xdg) {
            xdg.configFile.${file.xdg} = mkIf (!onDarwin file) written;
          })
          (lib.optionalAttrs (file ? darwin) {
            home.file.${file.darwin} = mkIf (onDarwin file) written;
          })
        ];

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
      // lib.mapAttrs fileOption files
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
          ++ lib.mapAttrsToList writeFile files
          ++ lib.mapAttrsToList writeLines shells
        )
      );
    };
}
