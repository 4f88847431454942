# What NeoMutt does with an account of mail.
{ config, lib, ... }:

let
  inherit (lib) types;
  inherit (lib.hm.options) option;

  queue = "msmtpq --read-envelope-from --read-recipients";

  mailboxTypes = types.enum [
    "maildir"
    "imap"
  ];

  virtualMailbox.options = {
    name = option types.str "My INBOX" "Name that is shown." // {
      example = "My INBOX";
    };
    query = option types.str "tag:inbox" "Query of notmuch." // {
      example = "tag:inbox";
    };
    limit = option (types.nullOr types.int) null "Greatest number of messages." // {
      example = 10;
    };
    type =
      option (types.nullOr (
        types.enum [
          "threads"
          "messages"
        ]
      )) null "Whether whole threads are shown, or only the messages that match."
      // {
        example = "threads";
      };
  };

  extraMailbox.options = {
    mailbox = lib.mkOption {
      type = types.str;
      example = "Sent";
      description = "The mailbox.";
    };
    name = option (types.nullOr types.str) null "Name that is shown." // {
      example = "Junk";
    };
    type = option (types.nullOr mailboxTypes) null "Where the mailbox is; as for the account if null." // {
      example = "imap";
    };
  };

  defaultVirtualMailboxes = [
    {
      name = "My INBOX";
      query = "tag:inbox";
    }
  ];
in
{
  options.notmuch.neomutt = {
    enable = lib.mkEnableOption "notmuch in NeoMutt" // {
      default = true;
    };

    virtualMailboxes =
      option (types.listOf (types.submodule virtualMailbox)) defaultVirtualMailboxes ''
        Mailboxes that show what a query finds.
      ''
      // {
        example = defaultVirtualMailboxes;
      };
  };

  options.neomutt = {
    enable = lib.mkEnableOption "NeoMutt for the account";

    sendMailCommand =
      option (types.nullOr types.str) (if config.msmtp.enable then queue else null) ''
        Command that sends mail; if null, NeoMutt itself talks to the SMTP server.
      ''
      // {
        defaultText = lib.literalExpression ''
          if config.msmtp.enable then
            "msmtpq --read-envelope-from --read-recipients"
          else
            null
        '';
        example = queue;
      };

    extraConfig = option types.lines "" "Further lines for the account." // {
      example = "color status cyan default";
    };

    showDefaultMailbox = option types.bool true "Whether the inbox is shown in the sidebar.";

    mailboxName = option (types.nullOr types.str) null "Name of the inbox in the sidebar." // {
      example = "==== <mailbox-name> ===";
    };

    mailboxType = option mailboxTypes "maildir" "Where the mailboxes are: in a Maildir or on the IMAP server." // {
      example = "imap";
    };

    extraMailboxes = option (types.listOf (types.either types.str (types.submodule extraMailbox))) [ ] "Further mailboxes.";
  };
}
