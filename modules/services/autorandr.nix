{
  cfg,
  exe,
  lib,
  option,
  types,
  ...
}:

{
  title = "autorandr when the session starts: it sets up the displays by their profile";
  docs = "https://github.com/phillipberndt/autorandr";
  linuxOnly = true;
  installed = null;

  options = {
    ignoreLid = option types.bool false "Whether the display of the laptop counts though its lid is closed.";
    matchEdid = option types.bool false "Whether displays are known by their EDID, not by the output.";
    extraOptions = option (types.listOf types.str) [ ] "Arguments of {command}`autorandr`." // {
      example = [ "--force" ];
    };
  };

  unit =
    lib.hm.services.graphicalUnit
      "Auto-detect the connected display hardware and load the appropriate X11 setup using xrandr"
      {
        Type = "oneshot";
        ExecStart = "${exe} --change ${
          lib.escapeShellArgs (
            lib.optional cfg.ignoreLid "--ignore-lid"
            ++ lib.optional cfg.matchEdid "--match-edid"
            ++ cfg.extraOptions
          )
        }";
      };
}
