# Variables that are set when a session begins, by PAM.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.pam;
  value = types.either types.str types.number;
in
{
  options.pam = {
    sessionVariables = mkOption {
      type = types.attrsOf value;
      default = { };
      example.EDITOR = "vim";
      description = "Variables for ~/.pam_environment, as pam_env.conf(5) has them.";
    };
    yubico.authorizedYubiKeys = {
      ids = mkOption {
        type = types.coercedTo types.str lib.toList (types.listOf types.str);
        default = [ ];
        description = "The identities of YubiKeys that may log in.";
      };
      path = mkOption {
        type = types.str;
        default = ".yubico/authorized_yubikeys";
        description = "Where they are written, below the home.";
      };
    };
  };

  config.home.file = lib.mkMerge [
    (lib.mkIf (cfg.sessionVariables != { }) {
      ".pam_environment".text =
        lib.concatStringsSep "\n" (
          lib.mapAttrsToList (
            name: value: "${name} OVERRIDE=\"${lib.replaceStrings [ "\"" ] [ "\\\"" ] (toString value)}\""
          ) cfg.sessionVariables
        )
        + "\n";
    })
    (lib.mkIf (cfg.yubico.authorizedYubiKeys.ids != [ ]) {
      ${cfg.yubico.authorizedYubiKeys.path}.text = lib.concatStringsSep ":" (
        [ config.home.username ] ++ cfg.yubico.authorizedYubiKeys.ids
      );
    })
  ];
}
