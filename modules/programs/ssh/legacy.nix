# The blocks of earlier releases, whose options had names of their own.
{ lib }:

let
  inherit (lib) mkOption types;

  # Options whose name is that of the directive but for the first letter.
  capitalized = name: lib.toUpper (lib.substring 0 1 name) + lib.substring 1 (-1) name;

  hidden = type: default: mkOption {
    inherit type default;
    description = "See {manpage}`ssh_config(5)`.";
  };

  nullable = type: hidden (types.nullOr type) null;
  text = nullable types.str;
  flag = nullable types.bool;

  # One string, several, or null for none.
  strings =
    hidden (types.either (types.listOf types.str) (types.nullOr types.str)) [ ]
    // {
      apply = value: if value == null then [ ] else lib.toList value;
    };

  endpointType =
    address:
    types.submodule {
      options = {
        inherit address;
        port = nullable types.port;
      };
    };

  bindType = endpointType (hidden types.str "localhost");
  hostType = endpointType text;

  forwardType = types.submodule {
    options = {
      bind = mkOption {
        type = bindType;
        description = "Where to listen.";
      };
      host = mkOption {
        type = hostType;
        description = "Where connections go.";
      };
    };
  };

  sameAsDirective = {
    port = nullable types.port;
    forwardAgent = flag;
    identitiesOnly = flag;
    identityFile = strings;
    identityAgent = strings;
    user = text;
    serverAliveInterval = nullable types.int;
    serverAliveCountMax = nullable types.ints.positive;
    sendEnv = hidden (types.listOf types.str) [ ];
    setEnv = hidden (
      with types;
      attrsOf (oneOf [
        str
        path
        int
        float
      ])
    ) { };
    compression = flag;
    proxyCommand = text;
    proxyJump = text;
    certificateFile = strings;
    addressFamily = nullable (
      types.enum [
        "any"
        "inet"
        "inet6"
      ]
    );
    addKeysToAgent = text;
    hashKnownHosts = flag;
    userKnownHostsFile = text;
    controlMaster = nullable (
      types.enum [
        "yes"
        "no"
        "ask"
        "auto"
        "autoask"
      ]
    );
    controlPath = text;
    controlPersist = text;
    kexAlgorithms = nullable (types.listOf types.str);
  };

  others = {
    host = text;
    match = text;
    hostname = text;
    forwardX11 = hidden types.bool false;
    forwardX11Trusted = hidden types.bool false;
    checkHostIP = hidden types.bool true;
    localForwards = hidden (types.listOf forwardType) [ ];
    remoteForwards = hidden (types.listOf forwardType) [ ];
    dynamicForwards = hidden (types.listOf bindType) [ ];
    extraOptions = hidden (types.attrsOf types.str) { };
  };
in
{
  blockType = types.submodule { options = sameAsDirective // others; };

  # The directives of a block; those without name here go to the attribute `extraName`.
  toSettings =
    extraName: block:
    lib.filterAttrs (_name: value: value != null && value != [ ] && value != { }) (
      lib.mapAttrs' (name: _option: lib.nameValuePair (capitalized name) block.${name}) sameAsDirective
      // {
        header =
          if block.match != null then
            "Match ${block.match}"
          else if block.host != null then
            "Host ${block.host}"
          else
            null;
        HostName = block.hostname;
        ForwardX11 = if block.forwardX11 then true else null;
        ForwardX11Trusted = if block.forwardX11Trusted then true else null;
        CheckHostIP = if block.checkHostIP then null else false;
        LocalForward = block.localForwards;
        RemoteForward = block.remoteForwards;
        DynamicForward = block.dynamicForwards;
        ${extraName} = block.extraOptions;
      }
    );
}
