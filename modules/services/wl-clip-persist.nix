{
  cfg,
  config,
  exe,
  lib,
  option,
  types,
  ...
}:

let
  targets = lib.toList cfg.systemdTargets;
in
{
  title = "wl-clip-persist, which keeps what is copied when the program ends";
  docs = "https://github.com/Linus789/wl-clip-persist";
  linuxOnly = true;

  options = {
    clipboardType = option (types.enum [
      "regular"
      "primary"
      "both"
    ]) "regular" "The clipboard that is kept.";
    extraOptions = option (types.listOf types.str) [ ] "Arguments of the command." // {
      example = [
        "--write-timeout"
        "1000"
      ];
    };
    systemdTargets =
      option (types.either (types.listOf types.str) types.str) [ config.wayland.systemd.target ]
        "The targets that start it."
      // {
        defaultText = lib.literalExpression "[ config.wayland.systemd.target ]";
        example = "sway-session.target";
      };
  };

  unit = {
    Unit = {
      Description = "Wayland clipboard persistence daemon";
      PartOf = targets;
      After = targets;
    };
    Service = {
      Type = "simple";
      ExecStart = "${exe} --clipboard ${cfg.clipboardType} ${lib.escapeShellArgs cfg.extraOptions}";
      Restart = "on-failure";
    };
    Install.WantedBy = targets;
  };
}
