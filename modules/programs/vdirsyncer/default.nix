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
  inherit (lib)
    concatMapStringsSep
    concatStringsSep
    filterAttrs
    mapAttrsToList
    ;

  enabled =
    prefix: accounts:
    lib.mapAttrs' (name: lib.nameValuePair "${prefix}_${name}") (
      filterAttrs (_name: account: account.vdirsyncer.enable) accounts
    );

  accounts =
    enabled "calendar" config.accounts.calendar.accounts
    // enabled "contacts" config.accounts.contact.accounts;

  withoutNull = filterAttrs (_name: value: value != null);

  localStorage =
    { local, vdirsyncer, ... }:
    withoutNull {
      inherit (local)
        type
        fileExt
        encoding
        path
        ;
      readOnly = vdirsyncer.localReadOnly;
      postHook =
        if vdirsyncer.postHook == null then
          null
        else
          "${pkgs.writeShellScriptBin "post-hook" vdirsyncer.postHook}/bin/post-hook";
    };

  remoteStorage =
    { remote, vdirsyncer, ... }:
    withoutNull {
      inherit (remote)
        type
        url
        userName
        passwordCommand
        ;
      inherit (vdirsyncer)
        urlCommand
        userNameCommand
        itemTypes
        verify
        verifyFingerprint
        auth
        authCert
        userAgent
        tokenFile
        clientIdCommand
        clientSecretCommand
        timeRange
        ;
    };

  pair =
    { vdirsyncer, ... }:
    filterAttrs (name: value: name == "collections" || (value != null && value != [ ])) {
      inherit (vdirsyncer)
        collections
        conflictResolution
        metadata
        partialSync
        ;
    };

  quote = value: ''"${value}"'';
  list = values: "[${concatStringsSep ", " values}]";
  quotedList = values: list (map quote values);

  text = name: value: "${name} = ${quote value}";
  texts = name: value: "${name} = ${quotedList value}";
  fetched = name: value: "${name}.fetch = ${quotedList ([ "command" ] ++ value)}";

  # The line of each setting.
  lineOf = {
    type = text "type";
    path = text "path";
    fileExt = text "fileext";
    encoding = text "encoding";
    readOnly = value: "read_only = ${lib.boolToString value}";
    postHook = text "post_hook";
    url = text "url";
    urlCommand = fetched "url";
    timeRange = value: "${text "start_date" value.start}\n${text "end_date" value.end}";
    itemTypes = texts "item_types";
    userName = text "username";
    userNameCommand = fetched "username";
    passwordCommand = fetched "password";
    verify = text "verify";
    verifyFingerprint = text "verify_fingerprint";
    auth = text "auth";
    authCert = value: (if lib.isString value then text else texts) "auth_cert" value;
    userAgent = text "useragent";
    tokenFile = text "token_file";
    clientIdCommand = fetched "client_id";
    clientSecretCommand = fetched "client_secret";
    metadata = texts "metadata";
    partialSync = text "partial_sync";
    collections =
      value:
      "collections = ${
        if value == null || value == [ ] then
          "null"
        else
          list (map (entry: if lib.isString entry then quote entry else quotedList entry) value)
      }";
    conflictResolution =
      value:
      if value == "remote wins" then
        text "conflict_resolution" "a wins"
      else if value == "local wins" then
        text "conflict_resolution" "b wins"
      else
        texts "conflict_resolution" ([ "command" ] ++ value);
  };

  lines = settings: concatStringsSep "\n" (mapAttrsToList (name: lineOf.${name}) settings);

  pairText = name: account: ''
    [pair ${name}]
    a = "${name}_remote"
    b = "${name}_local"
    ${lines (pair account)}
  '';

  storageTexts =
    side: storage:
    concatStringsSep "\n\n" (
      mapAttrsToList (name: account: "[storage ${name}_${side}]\n${lines (storage account)}") accounts
    );

  server = [
    "urlCommand"
    "userName"
    "userNameCommand"
    "password"
    "passwordCommand"
    "passwordPrompt"
    "verify"
    "verifyFingerprint"
    "auth"
    "authCert"
    "userAgent"
  ];
  oauth = [
    "clientIdCommand"
    "clientSecretCommand"
  ];
  oauthRequired = [
    "tokenFile"
    "clientId"
    "clientSecret"
  ];
  events = [
    "timeRange"
    "itemTypes"
  ];

  # The settings that each type of storage must have, and others that it may have.
  storageTypes = {
    caldav = {
      required = [ "url" ];
      allowed = events ++ server;
    };
    carddav = {
      required = [ "url" ];
      allowed = server;
    };
    http = {
      required = [ "url" ];
      allowed = server;
    };
    filesystem = {
      required = [
        "path"
        "fileExt"
      ];
      allowed = [
        "encoding"
        "postHook"
        "readOnly"
      ];
    };
    singlefile = {
      required = [ "path" ];
      allowed = [
        "encoding"
        "readOnly"
      ];
    };
    google_calendar = {
      required = oauthRequired;
      allowed = events ++ oauth;
    };
    google_contacts = {
      required = oauthRequired;
      allowed = oauth;
    };
  };

  assertStorage =
    name: storage:
    let
      known = storageTypes.${storage.type} or (throw "Unrecognized storage type: ${storage.type}");
      given = lib.attrNames (removeAttrs storage [ "type" ]);
    in
    map (attribute: {
      assertion = lib.elem attribute (known.allowed ++ known.required);
      message = ''
        Storage ${name} is of type ${storage.type}. Option
        ${attribute} is not allowed for this type.
      '';
    }) given
    ++ map (attribute: {
      assertion = storage ? ${attribute};
      message = ''
        Storage ${name} is of type ${storage.type}, but required
        option ${attribute} is not set.
      '';
    }) (lib.filter (attribute: !(storage ? "${attribute}Command")) known.required)
    ++ map
      (
        attributes:
        let
          defined = lib.filter (attribute: storage ? ${attribute}) attributes;
        in
        {
          assertion = lib.length defined <= 1;
          message = "Storage ${name} has mutually exclusive options: ${concatStringsSep ", " defined}";
        }
      )
      [
        [
          "url"
          "urlCommand"
        ]
        [
          "userName"
          "userNameCommand"
        ]
      ];

  assertStorages =
    storage: lib.concatLists (mapAttrsToList (name: account: assertStorage name (storage account)) accounts);
in
{
  title = "vdirsyncer, which synchronizes calendars and contacts";
  docs = "https://vdirsyncer.pimutils.org/en/stable/config.html";

  accounts = {
    calendar = ./accounts.nix;
    contact = ./accounts.nix;
  };

  options.statusPath = option types.str "${config.xdg.dataHome}/vdirsyncer/status" "Directory of what was synchronized." // {
    defaultText = "$XDG_DATA_HOME/vdirsyncer/status";
  };

  config = {
    assertions = assertStorages localStorage ++ assertStorages remoteStorage;

    xdg.configFile."vdirsyncer/config".source = pkgs.writeText "config" ''
      [general]
      status_path = "${cfg.statusPath}"

      ### Pairs

      ${concatStringsSep "\n" (mapAttrsToList pairText accounts)}

      ### Local storages

      ${storageTexts "local" localStorage}

      ### Remote storages

      ${storageTexts "remote" remoteStorage}
    '';
  };
}
