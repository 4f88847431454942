# What vdirsyncer does with an account of calendars or contacts.
{ lib, ... }:

let
  inherit (lib) types;
  inherit (lib.hm.options) option;

  optional = type: option (types.nullOr type) null;
  words = types.listOf types.str;
  command = example: description: optional words description // { inherit example; };
in
{
  options.vdirsyncer = {
    enable = lib.mkEnableOption "vdirsyncer for the account";

    urlCommand = command [ "~/get-url.sh" ] "Command that prints the address of the server.";
    userNameCommand = command [ "~/get-username.sh" ] "Command that prints the user's name.";

    collections = optional (types.listOf (types.either types.str words)) ''
      Collections to synchronize, or names and collections of both sides. If null, the storages have no
      collections.
    '';

    conflictResolution = optional (types.either (types.enum [
      "remote wins"
      "local wins"
    ]) words) "Which side wins when both changed, or a command that decides.";

    partialSync = optional (types.enum [
      "revert"
      "error"
      "ignore"
    ]) "What to do if a change cannot go to a side that is read-only.";

    localReadOnly = optional types.bool "Whether the local side is read-only.";

    metadata = option words [ ] "Properties of collections to synchronize." // {
      example = [
        "color"
        "displayname"
      ];
    };

    timeRange =
      optional (types.submodule {
        options = {
          start = lib.mkOption {
            type = types.str;
            description = "Start of the time, as a Python expression.";
          };
          end = lib.mkOption {
            type = types.str;
            description = "End of the time, as a Python expression.";
          };
        };
      }) "Time whose events are synchronized."
      // {
        example = {
          start = "datetime.now() - timedelta(days=365)";
          end = "datetime.now() + timedelta(days=365)";
        };
      };

    itemTypes = optional words "Kinds of items to synchronize: `VEVENT`, `VTODO`, `VJOURNAL`; all if null.";

    useVcard4 = option types.bool false "Whether contacts are vCard 4.0.";

    verify = optional types.path "File with the certificates to trust." // {
      example = "/path/to/cert.pem";
    };
    verifyFingerprint = optional types.str "Fingerprint of the server's certificate.";

    auth = optional (types.enum [
      "basic"
      "digest"
      "guess"
    ]) "How the user authenticates.";
    authCert = optional (types.either types.str words) "File of the client's certificate, or files of it and its key.";

    userAgent = optional types.str "Name that vdirsyncer gives itself.";

    postHook = optional types.lines "Commands for each item that was created or changed.";

    tokenFile = optional types.str "File of the OAuth tokens of Google.";
    clientIdCommand = command [
      "pass"
      "client_id"
    ] "Command that prints the OAuth client's id.";
    clientSecretCommand = command [
      "pass"
      "client_secret"
    ] "Command that prints the OAuth client's secret.";
  };
}
