{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.programs.lf;

  commandsOption =
    example: description:
    mkOption {
      type = types.attrsOf (types.nullOr types.str);
      default = { };
      inherit example description;
    };

  setting =
    name: value:
    "set "
    + (
      if lib.isBool value then
        lib.optionalString (!value) "no" + name
      else if lib.isList value then
        ''${name} "${lib.concatMapStringsSep ":" toString value}"''
      else if lib.isInt value then
        "${name} ${toString value}"
      else
        ''${name} "${value}"''
    );

  command =
    word: name: value:
    "${word} ${name}" + lib.optionalString (value != null && value != "") " ${value}";

  linesOf = render: values: lib.concatStringsSep "\n" (lib.mapAttrsToList render values);

  previewer = lib.optionalString (cfg.previewer.source != null) ''
    set previewer ${cfg.previewer.source}
    ${lib.optionalString (cfg.previewer.keybinding != null) ''
      map ${cfg.previewer.keybinding} ''$${cfg.previewer.source} "$f" | less -R
    ''}
  '';
in
{
  options.programs.lf = {
    enable = lib.mkEnableOption "lf, a file manager in the terminal";

    package = lib.hm.options.packageOption pkgs "lf" { };

    settings = mkOption {
      type = types.attrsOf (
        types.oneOf [
          types.str
          types.int
          (types.listOf (types.either types.str types.int))
          types.bool
        ]
      );
      default = { };
      example.tabstop = 4;
      description = "Settings in {file}`$XDG_CONFIG_HOME/lf/lfrc`.";
    };

    commands = commandsOption { get-mime-type = "%xdg-mime query filetype \"$f\""; } "Commands. Null deletes one.";
    keybindings = commandsOption { gh = "cd ~"; } "What keys do. Null unbinds one.";
    cmdKeybindings = commandsOption {
      "<c-g>" = "cmd-escape";
    } "What keys do while a command is typed. Null unbinds one.";

    previewer = {
      source = mkOption {
        type = types.nullOr types.path;
        default = null;
        description = "The program that shows a preview of a file.";
      };

      keybinding = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "i";
        description = "The key that shows it in a pager.";
      };
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "$mkdir -p ~/.trash";
      description = "Further lines of the file.";
    };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    xdg.configFile."lf/lfrc".text = ''
      ${linesOf setting cfg.settings}

      ${linesOf (command "cmd") cfg.commands}

      ${linesOf (command "map") cfg.keybindings}

      ${linesOf (command "cmap") cfg.cmdKeybindings}

      ${previewer}

      ${cfg.extraConfig}
    '';
  };
}
