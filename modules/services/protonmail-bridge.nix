{
  cfg,
  exe,
  lib,
  option,
  types,
  ...
}:

{
  title = "Proton Mail Bridge, with which programs of mail use Proton Mail";
  docs = "https://proton.me/support/bridge";
  linuxOnly = true;

  options = {
    extraPackages = option (types.listOf types.package) [ ] "Packages whose programs it finds, such as the store of its password." // {
      example = lib.literalExpression "[ pkgs.pass pkgs.gnome-keyring ]";
    };
    logLevel = option (types.nullOr (
      types.enum [
        "panic"
        "fatal"
        "error"
        "warn"
        "info"
        "debug"
      ]
    )) null "Which messages it prints; null is its own default.";
  };

  unit = {
    Unit = {
      Description = "ProtonMail Bridge";
      After = [ "graphical-session.target" ];
    };
    Service = {
      Environment = lib.mkIf (cfg.extraPackages != [ ]) [ "PATH=${lib.makeBinPath cfg.extraPackages}" ];
      ExecStart =
        "${exe} --noninteractive"
        + lib.optionalString (cfg.logLevel != null) " --log-level ${cfg.logLevel}";
      Restart = "always";
    };
    Install.WantedBy = [ "graphical-session.target" ];
  };
}
