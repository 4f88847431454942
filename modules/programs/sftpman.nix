{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  json = pkgs.formats.json { };

  required = description: lib.mkOption {
    type = types.str;
    inherit description;
  };

  mount.options = {
    host = required "Host of the server.";
    port = option types.port 22 "Port of the server.";
    user = required "Name of the user.";
    mountOptions = option (types.listOf types.str) [ ] "Options of the mount.";
    mountPoint = required "Directory of the server to mount.";
    mountDestPath = option (types.nullOr types.str) null "Directory to mount it at; one below {file}`/mnt/sshfs` if null.";
    authType = option (types.enum [
      "password"
      "publickey"
      "hostbased"
      "keyboard-interactive"
      "gssapi-with-mic"
      "authentication-agent"
    ]) "publickey" "How the user authenticates.";
    sshKey = option (types.nullOr types.str) cfg.defaultSshKey "File of the key." // {
      defaultText = lib.literalExpression "config.programs.sftpman.defaultSshKey";
    };
    beforeMount = option types.str "true" "Command before the mount.";
  };

  withoutKey = lib.attrNames (
    lib.filterAttrs (_name: mount: mount.authType == "publickey" && mount.sshKey == null) cfg.mounts
  );
in
{
  title = "sftpman, which mounts directories by SFTP";
  docs = "https://github.com/spantaleev/sftpman-rs";

  options = {
    defaultSshKey = option (types.nullOr types.str) null "File of the key of mounts that name none.";
    mounts = option (types.attrsOf (types.submodule mount)) { } "Mounts by name.";
  };

  config = {
    assertions = [
      {
        assertion = withoutKey == [ ];
        message = ''
          sftpman mounts using authentication type "publickey" but missing 'sshKey': ${lib.concatStringsSep ", " withoutKey}
        '';
      }
    ];

    xdg.configFile = lib.hm.files.inDirectory "sftpman/mounts" ".json" (name: mount: {
      source = json.generate "sftpman-${name}.json" (mount // { id = name; });
    }) cfg.mounts;
  };
}
