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
  json = pkgs.formats.json { };

  directory =
    if pkgs.stdenv.hostPlatform.isDarwin then
      "Library/Application Support/CudaText/settings"
    else
      "${lib.removePrefix config.home.homeDirectory config.xdg.configHome}/cudatext/settings";

  file = name: values: lib.mkIf (values != { }) { source = json.generate name values; };
  perLexer =
    kind: storeKind:
    lib.mapAttrs' (
      lexer: values:
      lib.nameValuePair "${directory}/${kind} ${lexer}.json" {
        source = json.generate "cudatext-${storeKind}-${lexer}" values;
      }
    );
in
{
  title = "CudaText, an editor";
  docs = "https://wiki.freepascal.org/CudaText";

  options = {
    hotkeys = option json.type { } "Key bindings, by the number of the command." // {
      example."2823" = {
        name = "code tree: clear filter";
        s1 = [ "Home" ];
      };
    };
    userSettings = option json.type { } "Settings." // {
      example.numbers_style = 2;
    };
    lexerSettings = option (types.attrsOf json.type) { } "Settings by lexer." // {
      example.Python.numbers_style = 1;
    };
    lexerHotkeys = option (types.attrsOf json.type) { } "Key bindings by lexer." // {
      example.C."153".s1 = [ "End" ];
    };
  };

  config.home.file = {
    "${directory}/keys.json" = file "cudatext-keys.json" cfg.hotkeys;
    "${directory}/user.json" = file "cudatext-user.json" cfg.userSettings;
  }
  // perLexer "lexer" "lexer" cfg.lexerSettings
  // perLexer "keys lexer" "lexer-keys" cfg.lexerHotkeys;
}
