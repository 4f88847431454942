# What mbsync does with an account of mail.
{ lib, ... }:

let
  inherit (lib) types;
  inherit (lib.hm.options) option;

  settings = types.attrsOf (
    types.oneOf [
      types.str
      types.int
      types.bool
      (types.listOf types.str)
    ]
  );

  # Where something is done: nowhere, on one of the sides, or on both.
  sides =
    example: description:
    option (types.enum [
      "none"
      "maildir"
      "imap"
      "both"
    ]) "none" description
    // {
      inherit example;
    };

  ownName = name: option types.str name "The name." // { readOnly = true; };

  channel =
    { name, ... }:
    {
      options = {
        name = ownName name;

        farPattern =
          option types.str "" ''
            Mailbox on the server, or the part of names that stands before what `patterns` match.
          ''
          // {
            example = "[Gmail]/Sent Mail";
          };

        nearPattern =
          option types.str "" ''
            Mailbox in the Maildir, or the part of names that stands before what `patterns` match.
          ''
          // {
            example = "Sent";
          };

        patterns = option (types.listOf types.str) [ ] "Patterns of the mailboxes to synchronize." // {
          example = [ "INBOX" ];
        };

        extraConfig = option settings { } "Further settings of the channel." // {
          example = {
            Create = "both";
            MaxMessages = 10000;
          };
        };
      };
    };
in
{
  options.mbsync = {
    enable = lib.mkEnableOption "mbsync for the account";

    flatten =
      option (types.nullOr types.str) null ''
        Text that stands for the hierarchy's delimiter, so that all mailboxes are in one directory.
      ''
      // {
        example = ".";
      };

    subFolders =
      option (types.enum [
        "Verbatim"
        "Maildir++"
        "Legacy"
      ]) "Verbatim" "How the names of subfolders are written."
      // {
        example = "Maildir++";
      };

    create = sides "maildir" "Where missing mailboxes are created.";
    remove = sides "imap" "Where mailboxes are removed that the other side removed.";
    expunge = sides "both" "Where messages that are marked for deletion are removed.";

    patterns = option (types.listOf types.str) [ "*" ] "Patterns of the mailboxes to synchronize.";

    groups = option (types.attrsOf (
      types.submodule (
        { name, ... }:
        {
          options = {
            name = ownName name;
            channels = option (types.attrsOf (types.submodule channel)) { } "Channels of the group.";
          };
        }
      )
    )) { } "Groups of channels, instead of one channel for the account.";

    extraConfig = {
      channel = option settings { } "Further settings of the channel." // {
        example.MaxMessages = 10000;
      };
      local = option settings { } "Further settings of the Maildir store.";
      remote = option settings { } "Further settings of the IMAP store.";
      account = option settings { } "Further settings of the IMAP account." // {
        example.PipelineDepth = 10;
      };
    };
  };
}
