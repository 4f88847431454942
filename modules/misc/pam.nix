{ config, lib, ... }:

let
  inherit (lib) mkOption types;

  cfg = config.pam;
  keys = cfg.yubico.authorizedYubiKeys;

  keyId = types.addCheck types.str (id: lib.stringLength id == 12) // {
    name = "yubiKeyId";
    description = "string of length 12";
  };
in
{
  options.pam = {
    sessionVariables = mkOption {
      type = types.attrs;
      default = { };
      example.EDITOR = "vim";
      description = ''
        Variables that PAM sets at login, see {manpage}`pam_env.conf(5)`. Many distributions
        no longer read the file that they are written to.
      '';
    };

    yubico.authorizedYubiKeys = {
      ids = mkOption {
        type = types.listOf keyId;
        default = [ ];
        description = "The first twelve characters of what a YubiKey of yours types.";
      };

      path = mkOption {
        type = types.str;
        default = ".yubico/authorized_yubikeys";
        description = "Where in the home they are written to.";
      };
    };
  };

  config.home.file = lib.mkMerge [
    (lib.mkIf (cfg.sessionVariables != { }) {
      ".pam_environment".text = lib.concatStrings (
        lib.mapAttrsToList (name: value: ''
          ${name} OVERRIDE="${toString value}"
        '') cfg.sessionVariables
      );
    })

    (lib.mkIf (keys.ids != [ ]) {
      ${keys.path}.text = lib.concatStringsSep ":" ([ config.home.username ] ++ keys.ids);
    })
  ];
}
