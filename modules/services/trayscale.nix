{
  bin,
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "Trayscale, a window for Tailscale";
  docs = "https://github.com/DeedleFake/trayscale";
  linuxOnly = true;
  installed = null;

  options.hideWindow = option types.bool true "Whether it starts without its window.";

  unit = lib.hm.services.trayUnit "An unofficial GUI wrapper around the Tailscale CLI client" {
    ExecStart = toString ([ (bin "trayscale") ] ++ lib.optional cfg.hideWindow "--hide-window");
  };
}
