{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  directory =
    if pkgs.stdenv.hostPlatform.isDarwin then "Library/Application Support" else config.xdg.configHome;

  required = description: lib.mkOption {
    type = types.str;
    inherit description;
  };

  directives = lib.mapAttrsToList (
    name: value:
    {
      inherit name;
    }
    // (
      if !lib.isAttrs value then
        { params = lib.toList value; }
      else
        let
          children = removeAttrs value [ "_params" ];
        in
        lib.optionalAttrs (value ? _params) { params = value._params; }
        // lib.optionalAttrs (children != { }) { children = directives children; }
    )
  );

  renamed = old: new: {
    assertion = !(cfg.config ? ${old});
    message = "senpai: ${old} is deprecated, use ${new} instead";
  };
in
{
  title = "senpai, an IRC client for the terminal";
  docs = "https://git.sr.ht/~delthas/senpai/tree/master/item/doc/senpai.5.scd";

  options.config = lib.mkOption {
    type = types.submodule {
      freeformType = types.attrsOf types.anything;
      options = {
        address = required "Address of the server, with the port.";
        nickname = required "Name of the user.";
        password = option (types.nullOr types.str) null "Password. It can be read by all users in the store.";
        password-cmd = option (types.nullOr (types.listOf types.str)) null "Command that prints the password." // {
          example = [
            "pass"
            "show"
            "irc"
          ];
        };
      };
    };
    example = {
      address = "irc.libera.chat:6697";
      nickname = "alice";
    };
    description = "Settings. `_params` are the parameters of a directive with children. See {manpage}`senpai(5)`.";
  };

  config = {
    assertions = [
      {
        assertion = cfg.config.password-cmd != null -> cfg.config.password == null;
        message = "senpai: password-cmd overrides password!";
      }
      (renamed "addr" "address")
      (renamed "nick" "nickname")
      (renamed "no-tls" "tls")
    ];

    home.file."${directory}/senpai/senpai.scfg".text = lib.hm.generators.toSCFG { } (
      directives cfg.config
    );
  };
}
