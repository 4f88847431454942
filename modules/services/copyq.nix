{
  bin,
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "CopyQ, a history of the clipboard";
  docs = "https://copyq.readthedocs.io";
  linuxOnly = true;

  options = {
    systemdTarget = option types.str "graphical-session.target" "The target that starts it." // {
      example = "sway-session.target";
    };
    forceXWayland = option types.bool true "Whether it runs in XWayland, which it needs on some compositors." // {
      example = false;
    };
  };

  unit =
    lib.hm.services.graphicalUnit "CopyQ clipboard management daemon" {
      ExecStart = bin "copyq";
      Restart = "on-failure";
      Environment = lib.optional cfg.forceXWayland "QT_QPA_PLATFORM=xcb";
    }
    // {
      Install.WantedBy = [ cfg.systemdTarget ];
    };
}
