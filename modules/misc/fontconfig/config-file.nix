# Files of fontconfig, each from settings, a text or a file.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  xml = pkgs.formats.xml { };

  inherit (config.home) stateVersion;

  # A null once stood for none.
  notNull =
    name: value:
    if value != null then
      value
    else
      abort ''
        Setting 'fonts.fontconfig.configFile.${name}.source' to null is not
        required anymore and disallowed. You can safely remove this definition.
      '';

  fileType = types.submodule (
    {
      config,
      name,
      options,
      ...
    }:
    let
      fileName = lib.hm.strings.storeFileName "hm-fontconfig-${config.label}.xml";
    in
    {
      options = {
        enable = mkOption {
          type = types.bool;
          inherit
            (lib.hm.deprecations.mkStateVersionOptionDefault {
              inherit stateVersion;
              since = "26.11";
              optionPath = [
                "fonts"
                "fontconfig"
                "configFile"
                name
                "enable"
              ];
              legacy.value = false;
              current.value = true;
            })
            default
            defaultText
            ;
          description = "Whether the file is there at all.";
        };

        label = mkOption {
          type = types.str;
          default = name;
          defaultText = lib.literalExpression "<name>";
          description = "A part of its name.";
        };

        priority = mkOption {
          type = types.ints.between 0 99;
          default = 90;
          description = "Files with lower numbers are read earlier.";
        };

        target = mkOption {
          type = types.nonEmptyStr;
          default = "${toString config.priority}-hm-${config.label}.conf";
          defaultText = lib.literalExpression ''"''${toString config.priority}-hm-''${config.label}.conf"'';
          description = "Its whole name.";
        };

        settings = mkOption {
          inherit (xml) type;
          default = { };
          example = {
            description = "Smooth edges";
            match = {
              "@target" = "font";
              edit = {
                "@mode" = "assign";
                "@name" = "antialias";
                bool = "true";
              };
            };
          };
          description = "What is in it, as attributes and elements within `<fontconfig>`.";
        };

        text = mkOption {
          type = types.nullOr types.lines;
          default = null;
          description = "What is in it, as text.";
        };

        source = mkOption {
          type = types.coercedTo (types.nullOr types.path) (notNull name) types.path;
          description = "The file that it is. Set one of `settings`, `text` and this.";
        };
      };

      config.source = lib.mkMerge [
        (lib.mkIf (config.settings != { }) (
          lib.mkDerivedConfig options.settings (
            settings: xml.generate fileName { fontconfig = settings; }
          )
        ))
        (lib.mkIf (config.text != null) (
          lib.mkDerivedConfig options.text (pkgs.writeText fileName)
        ))
      ];
    }
  );
in
{
  options.fonts.fontconfig.configFile = mkOption {
    type = types.attrsOf fileType;
    default = { };
    example.no-antialiasing = {
      enable = true;
      text = ''
        <?xml version="1.0"?>
        <!DOCTYPE fontconfig SYSTEM "fonts.dtd">
        <fontconfig></fontconfig>
      '';
    };
    description = "Files in {file}`$XDG_CONFIG_HOME/fontconfig/conf.d`.";
  };

  config.xdg.configFile = lib.mkIf config.fonts.fontconfig.enable (
    lib.mapAttrs' (
      _name: file:
      lib.nameValuePair "fontconfig/conf.d/${file.target}" { inherit (file) enable source; }
    ) config.fonts.fontconfig.configFile
  );
}
