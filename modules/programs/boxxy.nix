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
  yaml = pkgs.formats.yaml { };
  words = example: description: option (types.listOf types.str) [ ] description // { inherit example; };
in
{
  title = "boxxy, which keeps programs' files out of the home directory";
  docs = "https://github.com/queer/boxxy";
  linuxOnly = true;

  options.rules = option (types.listOf (
    types.submodule {
      freeformType = yaml.type;
      options = {
        name = lib.mkOption {
          type = types.str;
          description = "Name of the rule.";
        };
        target = option types.str "" "The path that programs see." // {
          example = "~/.ssh";
        };
        rewrite = option types.str "" "The path that there is." // {
          example = lib.literalExpression ''"''${config.xdg.configHome}/ssh"'';
        };
        mode = option (types.enum [
          "file"
          "directory"
        ]) "directory" "What the path is.";
        only = words [ "bash" ] "Programs that the rule is for; all if empty.";
        context = words [ "/home/alice/project" ] "Directories that the rule is for; all if empty.";
        env = option (types.attrsOf types.str) { } "Variables for the programs." // {
          example.MY_VARIABLE = "value";
        };
      };
    }
  )) [ ] "Rules, in their order. See <https://github.com/queer/boxxy#configuration>.";

  config.home.file."${config.xdg.configHome}/boxxy/boxxy.yaml" = lib.mkIf (cfg.rules != [ ]) {
    source = yaml.generate "boxxy-config.yaml" { inherit (cfg) rules; };
  };
}
