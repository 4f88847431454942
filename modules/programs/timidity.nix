{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "TiMidity++, which plays MIDI files";
  docs = "https://timidity.sourceforge.net/";
  nullable = false;
  installed = cfg.finalPackage;

  options = {
    finalPackage = lib.mkOption {
      readOnly = true;
      type = types.package;
      description = "The package with the configuration.";
    };

    extraConfig = option types.lines "" "Contents of the configuration. See {manpage}`timidity.cfg(5)`." // {
      example = lib.literalExpression ''
        "soundfont ''${pkgs.soundfont-fluid}/share/soundfonts/FluidR3_GM2-2.sf2"
      '';
    };
  };

  config.programs.timidity.finalPackage = pkgs.symlinkJoin {
    name = "timidity-with-config";
    paths = [ cfg.package ];
    nativeBuildInputs = [ pkgs.makeWrapper ];
    postBuild = ''
      wrapProgram $out/bin/timidity \
        --add-flags '-c ${pkgs.writeText "timidity.cfg" cfg.extraConfig}'
    '';
  };
}
