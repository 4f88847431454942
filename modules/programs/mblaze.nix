{
  cfg,
  config,
  lib,
  mailAccounts,
  option,
  types,
  ...
}:

let
  dataDirectory = account: "${config.xdg.dataHome}/mblaze/${account.name}";

  # Whether some program keeps the account's mail in its Maildir.
  hasMaildir =
    account:
    account.maildir != null
    && lib.any (program: account.${program}.enable or false) [
      "mbsync"
      "offlineimap"
      "getmail"
      "lieer"
      "mujmap"
    ];

  mailbox = account: "${account.realName} <${account.address}>";
  aliases = account: map (alias: alias.address or alias) account.aliases;

  folder = account: kind: "${account.maildir.absPath}/${account.folders.${kind}}";
  hasFolder = account: kind: hasMaildir account && account.folders.${kind} != null;

  drafts =
    account:
    if hasFolder account "drafts" then folder account "drafts" else "${dataDirectory account}/drafts";

  profile =
    account:
    lib.concatStrings (
      lib.mapAttrsToList (name: value: "${name}: ${value}\n") (
        lib.filterAttrs (_name: value: value != null) (
          {
            Local-Mailbox = mailbox account;
            Reply-From = mailbox account;
            Alternate-Mailboxes =
              if aliases account == [ ] then null else lib.concatStringsSep ", " (aliases account);
            FQDN = lib.last (lib.splitString "@" account.address);
            Maildir = if hasMaildir account then account.maildir.absPath else null;
            Drafts = drafts account;
            Outbox = if hasFolder account "sent" then folder account "sent" else null;
            Sendmail = account.mblaze.sendMailCommand;
            Editor = cfg.editor;
          }
          // cfg.settings
          // account.mblaze.settings
        )
      )
    );

  filesIn =
    directory: account:
    let
      inherit (account) signature;
    in
    {
      "${directory}/profile".text = profile account;
    }
    // lib.optionalAttrs
      (signature.showSignature == "append" && signature.command == null && signature.text != "")
      {
        "${directory}/signature".text = signature.text;
      };

  settings =
    option (types.attrsOf types.str) { } ''
      Settings of the profile. See {manpage}`mblaze-profile(5)`.
    ''
    // {
      example.Scan-Format = "%c%u%r %-3n %10d %17f %t %2i%s";
    };
in
{
  title = "mblaze, Unix programs for Maildirs";
  docs = "https://github.com/leahneukirchen/mblaze";

  accounts.email =
    { config, ... }:
    {
      options.mblaze = {
        enable = lib.mkEnableOption "mblaze for the account";
        sendMailCommand = option (types.nullOr types.str) null "Command that sends mail." // {
          example = "msmtpq --read-envelope-from --read-recipients";
        };
        inherit settings;
      };

      config.mblaze.sendMailCommand = lib.mkIf config.msmtp.enable (
        lib.mkDefault "msmtpq --read-envelope-from --read-recipients"
      );
    };

  options = {
    editor = option (types.nullOr types.str) null "Editor of messages." // {
      example = "nvim";
    };

    inherit settings;

    accountDirs = option (types.attrsOf types.str) { } "Directory of the profile, by account." // {
      internal = true;
    };
  };

  config = {
    programs.mblaze.accountDirs = lib.listToAttrs (
      map (account: lib.nameValuePair account.name "${config.xdg.configHome}/mblaze/${account.name}") mailAccounts
    );

    xdg.configFile = lib.mkMerge (map (account: filesIn "mblaze/${account.name}" account) mailAccounts);

    # The primary account's profile is also the one that mblaze reads by itself.
    home.file = lib.mkMerge (
      map (filesIn ".mblaze") (lib.filter (account: account.primary) mailAccounts)
    );

    home.activation.mblazeDrafts = lib.mkIf (mailAccounts != [ ]) (
      lib.hm.dag.entryAfter [ "writeBoundary" ] ''
        run ${
          if cfg.package == null then "mmkdir" else "${cfg.package}/bin/mmkdir"
        } ${lib.escapeShellArgs (map drafts mailAccounts)}
      ''
    );
  };
}
