{
  cfg,
  exe,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  sound = "${cfg.soundService}.service";
in
{
  title = "FluidSynth, a synthesiser of MIDI";
  docs = "https://www.fluidsynth.org";
  linuxOnly = true;
  installed = null;

  options = {
    soundFont = lib.mkOption {
      type = types.path;
      default = "${lib.hm.options.neededPackage pkgs "soundfont-fluid"}/share/soundfonts/FluidR3_GM2-2.sf2";
      defaultText = lib.literalExpression ''
        "''${pkgs.soundfont-fluid}/share/soundfonts/FluidR3_GM2-2.sf2";
      '';
      description = "The file with the sounds.";
    };
    soundService = option (types.enum [
      "jack"
      "pipewire-pulse"
      "pulseaudio"
    ]) "pulseaudio" "The service that plays sounds." // {
      example = "pipewire-pulse";
    };
    extraOptions = option (types.listOf types.str) [ ] "Arguments of {command}`fluidsynth`." // {
      example = [ "--sample-rate 96000" ];
    };
  };

  unit = {
    Unit = {
      Description = "FluidSynth Daemon";
      Documentation = "man:fluidsynth(1)";
      BindsTo = [ sound ];
      After = [ sound ];
    };
    Service.ExecStart = "${exe} -a pulseaudio -si ${lib.concatStringsSep " " cfg.extraOptions} ${cfg.soundFont}";
    Install.WantedBy = [ "default.target" ];
  };
}
