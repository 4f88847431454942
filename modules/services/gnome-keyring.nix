{
  bin,
  cfg,
  config,
  lib,
  option,
  types,
  ...
}:

{
  title = "GNOME Keyring, which keeps secrets";
  docs = "https://wiki.gnome.org/Projects/GnomeKeyring";
  linuxOnly = true;
  installed = null;

  options.components = option (types.listOf (
    types.enum [
      "pkcs11"
      "secrets"
      "ssh"
    ]
  )) [ ] "The parts that start. An empty list starts those that the program has by default.";

  config.assertions = [
    {
      assertion = !config.services.pass-secret-service.enable;
      message = ''
        Only one secrets service per user can be enabled at a time.
        Other services enabled:
        - pass-secret-service
      '';
    }
  ];

  unit = {
    Unit = {
      Description = "GNOME Keyring";
      PartOf = [ "graphical-session-pre.target" ];
    };
    Service = {
      ExecStart = lib.concatStringsSep " " (
        [ "${bin "gnome-keyring-daemon"} --start --foreground" ]
        ++ lib.optional (cfg.components != [ ]) "--components=${lib.concatStringsSep "," cfg.components}"
      );
      Restart = "on-abort";
    };
    Install.WantedBy = [ "graphical-session-pre.target" ];
  };
}
