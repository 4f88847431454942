{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.services.sessionService module {
  name = "poweralertd";
  title = "poweralertd, which tells of the battery";
  install = false;
  description = "UPower-powered power alerter";

  options.extraArgs = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    default = [ ];
    example = [ "-s" ];
    description = "Arguments of the command.";
  };

  command =
    cfg:
    let
      # As systemd reads the words of a command.
      word = argument: lib.replaceStrings [ "%" "$" ] [ "%%" "$$" ] (builtins.toJSON (toString argument));
    in
    "${lib.hm.options.programPath cfg.package "poweralertd"} ${lib.concatMapStringsSep " " word cfg.extraArgs}";

  unit = _cfg: { Documentation = "man:poweralertd(1)"; };

  service = _cfg: {
    Type = "simple";
    Restart = "always";
  };
}
