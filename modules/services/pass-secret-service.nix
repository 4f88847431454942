{
  bin,
  cfg,
  config,
  lib,
  option,
  types,
  ...
}:

let
  busName = "org.freedesktop.secrets";
  program = bin "pass_secret_service";
in
{
  title = "the service of secrets that keeps them in the password store";
  docs = "https://github.com/mdellweg/pass_secret_service";
  linuxOnly = true;
  installed = null;

  options.storePath = option (types.nullOr types.str) null "The directory of the password store." // {
    defaultText = "$HOME/.password-store";
    example = "/home/user/.local/share/password-store";
  };

  config = {
    assertions = [
      {
        assertion = !config.services.gnome-keyring.enable;
        message = ''
          Only one secrets service per user can be enabled at a time.
          Other services enabled:
          - gnome-keyring
        '';
      }
    ];

    xdg.dataFile."dbus-1/services/${busName}.service" = lib.mkIf (cfg.package != null) {
      source = "${cfg.package}/share/dbus-1/services/${busName}.service";
    };
  };

  unit = {
    Unit = {
      AssertFileIsExecutable = lib.mkIf (cfg.package != null) program;
      Description = "Pass libsecret service";
      Documentation = "https://github.com/mdellweg/pass_secret_service";
      PartOf = [ "default.target" ];
    };
    Service = {
      Type = "dbus";
      ExecStart = program + lib.optionalString (cfg.storePath != null) " --path ${cfg.storePath}";
      BusName = busName;
      Environment = [ "GNUPGHOME=${config.programs.gpg.homedir}" ];
    };
    Install.WantedBy = [ "default.target" ];
  };
}
