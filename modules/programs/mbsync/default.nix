{
  cfg,
  lib,
  mailAccounts,
  option,
  types,
  ...
}:

let
  inherit (lib) concatMapStringsSep concatStringsSep mapAttrsToList;

  # The server is far, the Maildir is near.
  sides = {
    none = "None";
    imap = "Far";
    maildir = "Near";
    both = "Both";
  };

  valueText =
    name: value:
    if lib.isList value then
      concatMapStringsSep " " (valueText name) value
    else if lib.isBool value then
      lib.hm.booleans.yesNo value
    else if lib.isInt value then
      toString value
    else if !lib.isString value then
      throw "mbsync: unexpected value for option ${name}: '${lib.generators.toPretty { } value}'"
    else if lib.hasInfix " " value then
      ''"${lib.escape [ ''"'' ] value}"''
    else
      value;

  section = header: settings: ''
    ${header}
    ${concatStringsSep "\n" (mapAttrsToList (name: value: "${name} ${valueText name value}") settings)}
  '';

  tlsSettings =
    tls:
    {
      TLSType =
        if !tls.enable then
          "None"
        else if tls.useStartTls then
          "STARTTLS"
        else
          "IMAPS";
    }
    // lib.optionalAttrs (tls.enable && tls.certificatesFile != null) {
      CertificateFile = toString tls.certificatesFile;
    };

  accountText =
    account:
    let
      inherit (account)
        name
        imap
        maildir
        mbsync
        ;
      isFlat = mbsync.flatten != null;
    in
    section "IMAPAccount ${name}" (
      {
        Host = imap.host;
        User = account.userName;
        PassCmd = toString account.passwordCommand;
      }
      // tlsSettings imap.tls
      // lib.optionalAttrs (imap.port != null) { Port = toString imap.port; }
      // mbsync.extraConfig.account
    )
    + "\n"
    + section "IMAPStore ${name}-remote" ({ Account = name; } // mbsync.extraConfig.remote)
    + "\n"
    + section "MaildirStore ${name}-local" (
      {
        Inbox = "${maildir.absPath}/${account.folders.inbox}";
      }
      // lib.optionalAttrs (mbsync.subFolders != "Maildir++" || isFlat) { Path = "${maildir.absPath}/"; }
      // (if isFlat then { Flatten = mbsync.flatten; } else { SubFolders = mbsync.subFolders; })
      // mbsync.extraConfig.local
    )
    + "\n"
    + (
      if mbsync.groups == { } then
        accountChannel account
      else
        groupChannels name mbsync.groups + "\n" + accountGroups mbsync.groups
    );

  accountChannel =
    { name, mbsync, ... }:
    section "Channel ${name}" (
      {
        Far = ":${name}-remote:";
        Near = ":${name}-local:";
        Patterns = mbsync.patterns;
        Create = sides.${mbsync.create};
        Remove = sides.${mbsync.remove};
        Expunge = sides.${mbsync.expunge};
        SyncState = "*";
      }
      // mbsync.extraConfig.channel
    )
    + "\n";

  patternLine =
    patterns:
    lib.optionalString (patterns != [ ]) "Pattern ${
      concatMapStringsSep " " (
        pattern: if lib.hasInfix " " pattern then lib.escape [ ''\"'' ] pattern else pattern
      ) patterns
    }\n";

  channelText =
    store: group: channel:
    section "Channel ${group}-${channel.name}" (
      {
        Far = ":${store}-remote:${channel.farPattern}";
        Near = ":${store}-local:${channel.nearPattern}";
      }
      // channel.extraConfig
    )
    + patternLine channel.patterns;

  groupChannels =
    store: groups:
    concatStringsSep "\n" (
      lib.remove "" (
        mapAttrsToList (
          _name: group:
          concatMapStringsSep "\n" (channelText store group.name) (lib.attrValues group.channels)
        ) groups
      )
    );

  accountGroups =
    groups:
    let
      lines =
        group:
        lib.optionals (group.channels != { }) (
          [ "Group ${group.name}" ]
          ++ map (channel: "Channel ${group.name}-${channel}") (lib.attrNames group.channels)
        );
    in
    concatStringsSep "\n\n" (
      lib.remove "" (map (group: concatStringsSep "\n" (lines group)) (lib.attrValues groups))
    )
    + "\n";

  # A group of channels of several accounts.
  groupText =
    name: channels:
    "\n"
    + concatStringsSep "\n" (
      [ "Group ${name}" ]
      ++ mapAttrsToList (channel: boxes: "Channel ${channel}:${concatStringsSep "," boxes}") channels
    );

  usesFormerName =
    name:
    lib.any (
      account:
      lib.any (group: lib.any (lib.hasAttr name) (lib.attrValues group.channels)) (
        lib.attrValues account.mbsync.groups
      )
    ) mailAccounts;

  formerName =
    old: new:
    lib.optional (
      usesFormerName old
    ) "mbsync channels no longer use ${old}. Use ${new} in its place.";

  require = attribute: what: {
    assertion = lib.all (account: account.${attribute} != null) mailAccounts;
    message = "mbsync: Missing ${what} for accounts: ${
      concatMapStringsSep ", " (account: account.name) (
        lib.filter (account: account.${attribute} == null) mailAccounts
      )
    }";
  };
in
{
  title = "mbsync, which synchronizes mailboxes of IMAP servers and Maildirs";
  docs = "https://isync.sourceforge.io/mbsync.html";
  package = "isync";

  accounts.email = ./accounts.nix;

  options = {
    groups =
      option (types.attrsOf (types.attrsOf (types.listOf types.str))) { } ''
        Groups of mailboxes of several accounts: lists of mailboxes by group and account.
      ''
      // {
        example.inboxes = {
          account1 = [ "Inbox" ];
          account2 = [ "Inbox" ];
        };
      };

    extraConfig = option types.lines "" "Lines at the start of {file}`$XDG_CONFIG_HOME/isyncrc`.";
  };

  config = {
    assertions = [
      (require "maildir" "maildir configuration")
      (require "imap" "IMAP configuration")
      (require "passwordCommand" "passwordCommand")
      (require "userName" "username")
    ];

    warnings =
      formerName "masterPattern" "farPattern" ++ formerName "slavePattern" "nearPattern";

    programs.notmuch.new.ignore = [
      ".uidvalidity"
      ".mbsyncstate"
    ];

    xdg.configFile.isyncrc.text =
      ''
        # Generated by Home Manager.

      ''
      + lib.optionalString (cfg.extraConfig != "") cfg.extraConfig
      + concatMapStringsSep "\n\n" accountText mailAccounts
      + lib.optionalString (lib.any (account: account.mbsync.groups == { }) mailAccounts) (
        concatStringsSep "\n" (mapAttrsToList groupText cfg.groups)
      );

    home.activation = lib.mkIf (mailAccounts != [ ]) {
      createMaildir = lib.hm.dag.entryBetween [ "linkGeneration" ] [ "writeBoundary" ] ''
        run mkdir -m700 -p $VERBOSE_ARG ${
          concatMapStringsSep " " (account: lib.escapeShellArg account.maildir.absPath) mailAccounts
        }
      '';
    };
  };
}
