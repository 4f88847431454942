# Accounts of mail. Programs for mail take their settings from here.
{ config, lib, ... }:

let
  inherit (lib)
    mkDefault
    mkIf
    mkOption
    types
    ;

  cfg = config.accounts.email;

  parts = import ./email-types.nix {
    inherit lib;
    inherit (cfg) certificatesFile;
  };

  belowHome = path: if lib.hasPrefix "/" path then path else "${config.home.homeDirectory}/${path}";

  address = types.strMatching ".*@.*";

  part =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };

  folder =
    type: default: description:
    mkOption {
      inherit type default;
      description = "The folder of ${description}, below that of the account.";
    };

  maildir = types.submodule (
    { config, ... }:
    {
      options = {
        path = mkOption {
          type = types.str;
          description = ''
            Where the mail of the account is stored, below {option}`accounts.email.maildirBasePath`.
          '';
        };

        absPath = mkOption {
          type = types.path;
          readOnly = true;
          internal = true;
          default = "${cfg.maildirBasePath}/${config.path}";
          description = "The same as an absolute path.";
        };
      };
    }
  );

  # Another address of an account. What is not said of it is as for the account.
  alias =
    { accountConfig, ... }:
    let
      inherited =
        name: type: description:
        mkOption {
          type = types.nullOr type;
          default = accountConfig.${name};
          defaultText = lib.literalMD "that of the account";
          inherit description;
        };
    in
    {
      options = {
        name = part types.str "What the alias is called.";

        address = mkOption {
          type = address;
          example = "jane.doe@example.org";
          description = "The address.";
        };

        realName = mkOption {
          type = types.str;
          example = "Jane Doe";
          description = "The name that messages are sent with.";
        };

        userName = inherited "userName" types.str "The name of the user at the server.";
        signature = inherited "signature" parts.signature "The signature.";
        gpg = inherited "gpg" parts.key "The key.";
        smtp = inherited "smtp" parts.smtp "The server that messages are sent with.";
      };
    };

  account =
    { name, config, ... }:
    let
      providers = import ./email-providers.nix { startTls = config.smtp.tls.useStartTls; };

      # Which of the providers is meant must not decide which options are set.
      ofProvider =
        flavor:
        let
          provider = providers.${flavor};
        in
        mkIf (config.flavor == flavor) (
          lib.mkMerge [
            (removeAttrs provider [
              "addressIsUserName"
              "inbox"
            ])
            (mkIf (provider.addressIsUserName or false) { userName = mkDefault config.address; })
            (mkIf (provider ? inbox) { folders.inbox = mkDefault provider.inbox; })
          ]
        );

      flavors = lib.attrNames (import ./email-providers.nix { startTls = false; });
    in
    {
      options = {
        name = mkOption {
          type = types.str;
          readOnly = true;
          description = "The name of the account, which is that of its attribute.";
        };

        enable = mkOption {
          type = types.bool;
          default = true;
          example = false;
          description = "Whether programs get to know the account.";
        };

        primary = mkOption {
          type = types.bool;
          default = false;
          description = "Whether this is the account that counts first. Exactly one is.";
        };

        flavor = mkOption {
          type = types.enum flavors;
          default = "plain";
          description = "The provider, if it is one whose servers are known.";
        };

        address = mkOption {
          type = address;
          example = "jane.doe@example.org";
          description = "The address.";
        };

        aliases = mkOption {
          type = types.listOf (
            types.oneOf [
              address
              (types.submoduleWith {
                modules = [ alias ];
                specialArgs.accountConfig = config;
                shorthandOnlyDefinesConfig = true;
              })
            ]
          );
          default = [ ];
          example = [
            "webmaster@example.org"
            "admin@example.org"
          ];
          description = "Further addresses of the account.";
        };

        realName = mkOption {
          type = types.str;
          example = "Jane Doe";
          description = "The name that messages are sent with.";
        };

        userName = part types.str "The name of the user at the servers.";

        passwordCommand = mkOption {
          type = types.nullOr (types.either types.str (types.listOf types.str));
          default = null;
          apply = command: if lib.isString command then lib.splitString " " command else command;
          example = "secret-tool lookup email me@example.org";
          description = "A command that prints the password.";
        };

        folders = mkOption {
          type = types.submodule {
            options = {
              inbox = folder types.str "Inbox" "mail that comes in";
              sent = folder (types.nullOr types.str) "Sent" "mail that was sent";
              drafts = folder (types.nullOr types.str) "Drafts" "mail that is being written";
              trash = folder types.str "Trash" "mail that was deleted";
            };
          };
          default = { };
          description = "Which folder is for what.";
        };

        signature = mkOption {
          type = parts.signature;
          default = { };
          description = "The signature.";
        };

        gpg = part parts.key "The key that mail is signed and encrypted with.";
        imap = part parts.imap "Where mail is read, with IMAP.";
        jmap = part parts.jmap "Where mail is read and sent, with JMAP.";
        smtp = part parts.smtp "Where mail is sent, with SMTP.";
        ews = part parts.ews "Where mail is read and sent, with Exchange Web Services.";

        maildir = mkOption {
          type = types.nullOr maildir;
          defaultText = lib.literalMD "the name of the account as path";
          description = "Where mail is stored on this machine.";
        };
      };

      config = lib.mkMerge (
        [
          {
            inherit name;
            maildir = lib.mkOptionDefault { path = name; };
          }
        ]
        ++ map ofProvider flavors
      );
    };

  enabled = lib.filterAttrs (_name: account: account.enable) cfg.accounts;
  primaries = lib.attrNames (lib.filterAttrs (_name: account: account.primary) enabled);
in
{
  options.accounts.email = {
    certificatesFile = mkOption {
      type = types.nullOr types.path;
      default = "/etc/ssl/certs/ca-certificates.crt";
      description = "The certificate authorities that are trusted, where an account says nothing else.";
    };

    maildirBasePath = mkOption {
      type = types.str;
      default = "${config.home.homeDirectory}/Maildir";
      defaultText = lib.literalMD "{file}`~/Maildir`";
      apply = belowHome;
      example = "Mail";
      description = "Where the mail of all accounts is stored. A relative path is below the home directory.";
    };

    accounts = mkOption {
      type = types.attrsOf (types.submodule account);
      default = { };
      description = "Accounts of mail, by their names.";
    };
  };

  config = mkIf (enabled != { }) {
    assertions = [
      {
        assertion = lib.length primaries == 1;
        message =
          "Must have exactly one primary mail account but found ${toString (lib.length primaries)}"
          + lib.optionalString (primaries != [ ] && lib.tail primaries != [ ]) ", namely ${lib.concatStringsSep ", " primaries}";
      }
    ];
  };
}
