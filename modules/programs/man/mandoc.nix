{ config, lib, ... }:

let
  man = config.programs.man;
in
{
  options.programs.man.mandoc.enable = lib.mkEnableOption "the {command}`man` of mandoc";

  config = lib.mkIf (man.enable && man.mandoc.enable) {
    home.extraProfileCommands = lib.mkIf (man.generateCaches && man.package != null) ''
      if [ -d "$out/share/man" ]; then
        ${lib.getExe' man.package "makewhatis"} -T utf8 "$out/share/man"
      fi
    '';

    xdg.dataFile."mandoc/man".source = config.home.path + "/share/man";

    home.sessionSearchVariables.MANPATH = lib.mkBefore [ "${config.xdg.dataHome}/mandoc/man" ];
  };
}
