{
  bin,
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "unclutter, which hides an idle pointer";
  linuxOnly = true;
  installed = null;
  package = "unclutter-xfixes";

  options = {
    timeout = option types.int 1 "Seconds after which the pointer is hidden.";
    threshold = option types.int 1 "How far the pointer has to move to be shown again, in pixels.";
    extraOptions = option (types.listOf types.str) [ ] "Options of {command}`unclutter`, without the dashes." // {
      example = [
        "exclude-root"
        "ignore-scrolling"
      ];
    };
  };

  unit = lib.hm.services.graphicalUnit "unclutter" {
    ExecStart = ''
      ${bin "unclutter"} \
        --timeout ${toString cfg.timeout} \
        --jitter ${toString (cfg.threshold - 1)} \
        ${lib.concatMapStrings (name: " --${name}") cfg.extraOptions}
    '';
    RestartSec = 3;
    Restart = "always";
  };
}
