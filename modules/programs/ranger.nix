{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  lines =
    command:
    lib.generators.toKeyValue {
      mkKeyValue = name: value: "${command} ${name} ${lib.generators.mkValueStringDefault { } value}";
    };
in
{
  title = "ranger, a file manager for the terminal";
  docs = "https://github.com/ranger/ranger/wiki";
  installed = if cfg.package == null then null else cfg.finalPackage;

  options = {
    extraPackages = option (types.listOf types.package) [ ] "Packages that ranger can call, for previews and the like.";

    finalPackage = lib.mkOption {
      type = types.package;
      readOnly = true;
      visible = false;
      description = "The package with what it can call.";
    };

    settings = option (types.attrsOf (
      types.oneOf [
        types.bool
        types.float
        types.int
        types.str
      ]
    )) { } "Settings. See {manpage}`ranger(1)`." // {
      example = {
        column_ratios = "1,3,3";
        scroll_offset = 8;
      };
    };

    aliases = option (types.attrsOf types.str) { } "Commands by the alias that stands for them." // {
      example.e = "edit";
    };

    mappings = option (types.attrsOf types.str) { } "Commands by the keys that call them." // {
      example.Q = "quitall";
    };

    extraConfig = option types.lines "" "Further lines of {file}`$XDG_CONFIG_HOME/ranger/rc.conf`.";

    plugins =
      option (types.listOf (
        types.submodule {
          options = {
            name = lib.mkOption {
              type = types.str;
              description = "Name of the plugin's directory or file.";
            };
            src = lib.mkOption {
              type = types.path;
              description = "The plugin.";
            };
          };
        }
      )) [ ] "Plugins. See <https://github.com/ranger/ranger/wiki/Plugins>."
      // {
        example = lib.literalExpression ''
          [
            {
              name = "zoxide";
              src = builtins.fetchGit "https://github.com/jchook/ranger-zoxide.git";
            }
          ]
        '';
      };

    rifle = option (types.listOf (
      types.submodule {
        options = {
          condition = lib.mkOption {
            type = types.str;
            example = "mime ^text, label editor";
            description = "Files that the command is for.";
          };
          command = lib.mkOption {
            type = types.str;
            example = lib.literalExpression ''"''${pkgs.vim}/bin/vim -- \"$@\""'';
            description = "Command that opens the files.";
          };
        };
      }
    )) [ ] "Contents of {file}`$XDG_CONFIG_HOME/ranger/rifle.conf`, in their order.";
  };

  config = {
    assertions = [
      {
        assertion = cfg.extraPackages != [ ] -> cfg.package != null;
        message = "programs.ranger.extraPackages requires non-null programs.ranger.package";
      }
    ];

    programs.ranger.finalPackage = lib.mkIf (cfg.package != null) (
      cfg.package.overrideAttrs (old: {
        propagatedBuildInputs = old.propagatedBuildInputs or [ ] ++ cfg.extraPackages;
      })
    );

    xdg.configFile = {
      "ranger/rc.conf".text = ''
        ${lines "set" cfg.settings}
        ${lines "alias" cfg.aliases}
        ${lines "map" cfg.mappings}
        ${cfg.extraConfig}
      '';

      "ranger/rifle.conf" = lib.mkIf (cfg.rifle != [ ]) {
        text = lib.concatLines (map (rule: "${rule.condition} = ${rule.command}") cfg.rifle);
      };
    }
    // lib.listToAttrs (
      map (plugin: lib.nameValuePair "ranger/plugins/${plugin.name}" { source = plugin.src; }) cfg.plugins
    );
  };
}
