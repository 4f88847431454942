{
  cfg,
  config,
  lib,
  option,
  types,
  ...
}:

{
  title = "Rizin, which takes programs apart";
  docs = "https://book.rizin.re/src/configuration/intro.html";

  options = {
    settings = option (types.attrsOf (types.either types.str (types.either types.int (types.either types.bool types.float)))) { } "Variables. See <https://book.rizin.re/src/configuration/evars.html>." // {
      example."asm.bytes" = true;
    };
    extraConfig = option types.lines "" "Further commands at the start." // {
      example = ''
        b 0x100
      '';
    };
  };

  config.home.file.${
    if config.xdg.enable then "${config.xdg.configHome}/rizin/rizinrc" else ".rizinrc"
  } =
    lib.mkIf (cfg.extraConfig != "" || cfg.settings != { }) {
      text = ''
        # settings
        ${lib.concatStringsSep "\n" (
          lib.mapAttrsToList (name: value: "e ${name}=${toString value}") cfg.settings
        )}

        # extraConfig
        ${cfg.extraConfig}
      '';
    };
}
