{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  rasi = import ../lib/rasi.nix { inherit lib; };

  # In the order of the numbers that rofi gives them.
  locations = lib.listToAttrs (
    lib.imap0 (number: name: lib.nameValuePair name number) [
      "center"
      "top-left"
      "top"
      "top-right"
      "right"
      "bottom-right"
      "bottom"
      "bottom-left"
      "left"
    ]
  );

  literal =
    types.submodule {
      options = {
        _type = lib.mkOption {
          type = types.enum [ "literal" ];
          internal = true;
          description = "The mark of a literal.";
        };
        value = lib.mkOption {
          type = types.str;
          internal = true;
          description = "The text.";
        };
      };
    }
    // {
      description = "Rasi literal string";
    };

  atom = types.oneOf [
    types.str
    types.int
    types.bool
    literal
  ];
  section = types.attrsOf (types.either atom (types.listOf atom));

  themeName =
    if cfg.theme == null || lib.isString cfg.theme then
      cfg.theme
    else if lib.isAttrs cfg.theme then
      "custom"
    else
      lib.removeSuffix ".rasi" (baseNameOf cfg.theme);

  modeText = mode: if lib.isString mode then mode else "${mode.name}:${mode.path}";
in
{
  title = "rofi, which switches windows, starts programs and shows menus";
  docs = "https://davatorium.github.io/rofi/";
  packageOption.example = "pkgs.rofi.override { plugins = [ pkgs.rofi-emoji ]; }";
  installed = cfg.finalPackage;
  linuxOnly = true;

  removed = lib.genAttrs [
    "width"
    "lines"
    "borderWidth"
    "rowHeight"
    "padding"
    "separator"
    "scrollbar"
    "fullscreen"
    "colors"
  ] (_name: "Please use a Rofi theme instead.");

  options = {
    finalPackage = lib.mkOption {
      type = types.nullOr types.package;
      readOnly = true;
      description = "The package with its plugins.";
    };

    plugins = option (types.listOf types.package) [ ] "Plugins of rofi." // {
      example = lib.literalExpression "[ pkgs.rofi-calc ]";
    };

    font = option (types.nullOr types.str) null "The font, as Pango writes it." // {
      example = "Droid Sans Mono 14";
    };

    terminal =
      option (types.nullOr types.str) null "The terminal emulator for programs that want one."
      // {
        example = lib.literalExpression ''"''${pkgs.foot}/bin/foot"'';
      };

    cycle = option (types.nullOr types.bool) null "Whether the list of results goes around.";

    location = option (types.enum (lib.attrNames locations)) "center" "Place of the window on the screen.";

    xoffset = option types.int 0 "Horizontal distance from the place, in pixels.";
    yoffset = option types.int 0 "Vertical distance from the place, in pixels.";

    theme =
      option
        (types.nullOr (
          types.oneOf [
            types.str
            types.path
            (types.attrsOf (types.either section types.str))
          ]
        ))
        null
        ''
          The theme: its name, its file, or its contents. See {manpage}`rofi-theme(5)`,
          <https://davatorium.github.io/rofi/current/rofi-theme.5/>.
        ''
      // {
        example = lib.literalExpression ''
          let
            inherit (config.lib.formats.rasi) mkLiteral;
          in
          {
            "*".background-color = mkLiteral "#000000";
            "#inputbar".children = map mkLiteral [ "prompt" "entry" ];
          }
        '';
      };

    configPath =
      option types.nonEmptyStr "${config.xdg.configHome}/rofi/config.rasi" "The file of the configuration."
      // {
        defaultText = "$XDG_CONFIG_HOME/rofi/config.rasi";
      };

    modes =
      option
        (types.listOf (
          types.either types.str (
            types.submodule {
              options = {
                name = lib.mkOption {
                  type = types.str;
                  description = "Name of the mode.";
                };
                path = lib.mkOption {
                  type = types.str;
                  description = "The script of the mode.";
                };
              };
            }
          )
        ))
        [ ]
        "Modes, which are built in, of a plugin, or of a script."
      // {
        example = [
          "drun"
          {
            name = "notes";
            path = "/home/alice/bin/rofi-notes";
          }
        ];
      };

    extraConfig =
      option (types.attrsOf (types.either section (types.either atom (types.listOf atom)))) { } ''
        Further settings of the section `configuration`. See {manpage}`rofi(1)`,
        <https://davatorium.github.io/rofi/current/rofi.1/>.
      ''
      // {
        example = {
          kb-secondary-paste = "Control+v,Insert";
          "run,drun".display-name = "open:";
        };
      };
  };

  config = {
    lib.formats.rasi.mkLiteral = value: {
      _type = "literal";
      inherit value;
    };

    programs.rofi.finalPackage =
      if cfg.plugins != [ ] && cfg.package ? override then
        cfg.package.override (old: {
          plugins = (old.plugins or [ ]) ++ cfg.plugins;
        })
      else
        cfg.package;

    home.file.${cfg.configPath}.text =
      rasi {
        configuration = {
          inherit (cfg)
            cycle
            font
            terminal
            xoffset
            yoffset
            ;
          location = locations.${cfg.location};
        }
        // lib.optionalAttrs (cfg.modes != [ ]) { modes = map modeText cfg.modes; }
        // cfg.extraConfig;
      }
      + lib.optionalString (themeName != null) (rasi {
        "@theme" = themeName;
      });

    xdg.dataFile = lib.mkIf (cfg.theme != null && !lib.isString cfg.theme) {
      "rofi/themes/${themeName}.rasi" =
        if lib.isAttrs cfg.theme then { text = rasi cfg.theme; } else { source = cfg.theme; };
    };
  };
}
