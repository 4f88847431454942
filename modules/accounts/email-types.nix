# The parts of an account: keys, signatures, servers.
{ lib, certificatesFile }:

let
  inherit (lib) mkOption types;

  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };

  optional =
    type: example: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit example description;
    };

  encryption = types.submodule {
    options = {
      enable = flag true "Whether the connection is encrypted with TLS.";

      useStartTls = flag false ''
        Whether the connection starts without encryption and changes to it. Encryption from the start
        is safer, see <https://datatracker.ietf.org/doc/html/rfc8314>.
      '';

      certificatesFile = mkOption {
        type = types.nullOr types.path;
        default = certificatesFile;
        defaultText = lib.literalExpression "config.accounts.email.certificatesFile";
        description = ''
          The certificate authorities that are trusted. If null, those that the program knows.
        '';
      };
    };
  };

  authentication = mkOption {
    type = types.nullOr (
      types.either types.str (
        types.enum [
          "anonymous"
          "apop"
          "clear"
          "cram_md5"
          "digest_md5"
          "gssapi"
          "login"
          "ntlm"
          "plain"
          "xoauth2"
        ]
      )
    );
    default = null;
    example = "plain";
    description = "How the user is authenticated.";
  };

  # A server that is connected to by name.
  server =
    protocol: example: options:
    types.submodule {
      options = {
        host = mkOption {
          type = types.str;
          inherit example;
          description = "The host of the ${protocol} server.";
        };

        inherit authentication;

        tls = mkOption {
          type = encryption;
          default = { };
          description = "How the connection is encrypted.";
        };
      }
      // options;
    };

  port =
    example:
    optional types.port example "The port of the server. If null, the one that is usual for it.";
in
{
  key = types.submodule {
    options = {
      key = mkOption {
        type = types.str;
        description = "The key, as {command}`gpg --list-keys` shows it.";
      };

      signByDefault = flag false "Whether messages are signed, unless told otherwise.";
      encryptByDefault = flag false "Whether messages are encrypted, unless told otherwise.";
    };
  };

  signature = types.submodule {
    options = {
      text = mkOption {
        type = types.str;
        default = "";
        example = ''
          Jane Doe
          Example Ltd.
        '';
        description = "The text of the signature.";
      };

      delimiter = mkOption {
        type = types.str;
        default = ''
          --
        '';
        description = "What stands between a message and the signature.";
      };

      command = optional types.path (lib.literalExpression ''
        pkgs.writeScript "signature" "echo This is my signature"
      '') "A program that prints the signature.";

      showSignature = mkOption {
        type = types.enum [
          "append"
          "attach"
          "none"
        ];
        default = "none";
        description = "How the signature becomes a part of messages, if it does.";
      };

      htmlFormat = flag false ''
        Whether the text is HTML. Only Thunderbird knows this, as `mail.identity.id_*.htmlSigFormat`.
      '';
    };
  };

  imap = server "IMAP" "imap.example.org" { port = port 993; };

  smtp = server "SMTP" "smtp.example.org" { port = port 465; };

  ews = server "EWS" "ews.example.org" {
    serviceDescriptionURL = mkOption {
      type = types.str;
      example = "https://ews.example.org/ews/exchange.asmx";
      description = "Where the service is described.";
    };
  };

  jmap = types.submodule {
    options = {
      host = optional types.str "jmap.example.org" ''
        The host of the JMAP server. It counts for more than the URL of the session.
      '';

      sessionUrl = optional types.str "https://jmap.example.org:443/.well-known/jmap" ''
        The URL of the session resource.
      '';
    };
  };
}
