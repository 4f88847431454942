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
  file =
    if config.home.preferXdgDirectories then
      "${lib.removePrefix config.home.homeDirectory config.xdg.configHome}/npm/npmrc"
    else
      ".npmrc";

  line = lib.generators.mkKeyValueDefault { } "=";
  lines = name: value: if lib.isList value then map (line "${name}[]") value else [ (line name value) ];
in
{
  title = "npm's configuration";
  docs = "https://docs.npmjs.com/cli/using-npm/config";
  package = "nodejs";
  packageOption.example = "pkgs.nodejs_24";

  options.settings =
    option (types.attrsOf (pkgs.formats.ini { listsAsDuplicateKeys = true; }).lib.types.atom) {
      prefix = "\${HOME}/.npm";
    } "Contents of {file}`~/.npmrc`. See <https://docs.npmjs.com/cli/using-npm/config>."
    // {
      example = {
        color = true;
        include = [
          "dev"
          "prod"
        ];
      };
    };

  config.home = lib.mkIf (cfg.settings != { }) {
    file.${file}.text = lib.concatLines (lib.concatLists (lib.mapAttrsToList lines cfg.settings));
    sessionVariables.NPM_CONFIG_USERCONFIG = "${config.home.homeDirectory}/${file}";
  };
}
