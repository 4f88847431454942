# Settings of Xfce's programs, which xfconf keeps.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) types;
  inherit (lib.hm.options) option tool;

  cfg = config.xfconf;

  # An integer of a given kind, because Nix has only one.
  integerType = types.submodule {
    options = {
      type = lib.mkOption {
        type = types.enum [
          "int"
          "uint"
          "uint64"
        ];
        description = "The kind of integer, if it is not `int`.";
      };
      value = lib.mkOption {
        type = types.int;
        description = "The integer.";
      };
    };
  };

  settingsType =
    let
      value = types.nullOr (
        types.oneOf [
          types.bool
          types.int
          types.float
          types.str
          integerType
        ]
      );
    in
    types.attrsOf (types.attrsOf (types.either value (types.listOf value)))
    // {
      description = "xfconf settings";
    };

  typed = type: value: [
    "-t"
    type
    "-s"
    value
  ];

  # The arguments that set a property to a value.
  setTo =
    value:
    if lib.isList value then
      [ "-a" ] ++ lib.concatMap setTo value
    else if lib.isAttrs value then
      typed value.type (toString value.value)
    else if lib.isBool value then
      typed "bool" (lib.boolToString value)
    else if lib.isInt value then
      typed "int" (toString value)
    else if lib.isFloat value then
      typed "double" (toString value)
    else if lib.isString value then
      typed "string" value
    else
      throw "unexpected xfconf type: ${builtins.typeOf value}";

  # A property without a value is reset.
  setProperty = channel: property: value: ''
    run ${tool pkgs "xfconf" "xfconf-query"} \
      ${lib.escapeShellArgs (
        [
          "-c"
          channel
          "-p"
          "/${property}"
        ]
        ++ (if value == null then [ "-r" ] else [ "-n" ] ++ setTo value)
      )}
  '';

  load = pkgs.writeShellScript "load-xfconf" ''
    ${config.lib.bash.initHomeManagerLib}
    ${lib.concatStrings (
      lib.concatLists (
        lib.mapAttrsToList (channel: lib.mapAttrsToList (setProperty channel)) cfg.settings
      )
    )}
  '';
in
{
  options.xfconf = {
    enable = option types.bool true ''
      Whether to change settings of xfconf. NixOS also needs `programs.xfconf.enable = true` in the
      configuration of the system.
    '' // {
      visible = false;
    };

    settings = option settingsType { } "Settings by channel and property. See <https://docs.xfce.org/xfce/xfconf/start>." // {
      example.xfce4-session."startup/ssh-agent/enabled" = false;
    };
  };

  config = lib.mkIf (cfg.enable && cfg.settings != { }) {
    assertions = [ (lib.hm.assertions.assertPlatform "xfconf" pkgs lib.platforms.linux) ];

    home.activation.xfconfSettings = lib.hm.dag.entryAfter [ "installPackages" ] ''
      if [[ -v DBUS_SESSION_BUS_ADDRESS ]]; then
        export DBUS_RUN_SESSION_CMD=""
      else
        export DBUS_RUN_SESSION_CMD="${tool pkgs "dbus" "dbus-run-session"} --dbus-daemon=${tool pkgs "dbus" "dbus-daemon"}"
      fi

      run $DBUS_RUN_SESSION_CMD ${load}

      unset DBUS_RUN_SESSION_CMD
    '';
  };
}
