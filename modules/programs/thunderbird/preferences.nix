# Preferences of accounts, as Thunderbird writes them.
{ lib }:

let
  inherit (lib) isAttrs isString optionalAttrs;

  # Puts what stands before each name.
  prefixed = prefix: lib.mapAttrs' (name: lib.nameValuePair "${prefix}.${name}");

  hash = builtins.hashString "sha256";

  authMethods = {
    anonymous = 1;
    clear = 3;
    cram_md5 = 4;
    digest_md5 = 4;
    gssapi = 5;
    login = 3;
    ntlm = 6;
    plain = 3;
    xoauth2 = 10;
  };

  authMethod = name: if name == null then 3 else authMethods.${name} or 3;
  givenAuthMethod =
    name: server:
    optionalAttrs (server.authentication != null) { ${name} = authMethod server.authentication; };

  socketType =
    tls:
    if !tls.enable then
      0
    else if tls.useStartTls then
      2
    else
      3;

  orElse = default: value: if value == null then default else value;

  smtpServer =
    id: smtp: userName:
    prefixed "mail.smtpserver.smtp_${id}" {
      authMethod = authMethod smtp.authentication;
      hostname = smtp.host;
      port = orElse 587 smtp.port;
      try_ssl = socketType smtp.tls;
      username = userName;
    };

  server = id: prefixed "mail.server.server_${id}";
in
rec {
  # The id of an account, or of one of its identities: the address or an alias.
  withId = account: account // { id = hash account.name; };

  identityId =
    account: address:
    if address == account.address then
      account.id
    else
      hash (if isString address then address else address.address + address.realName);

  # Warnings for ways to authenticate that Thunderbird lacks.
  authWarnings =
    account:
    let
      warning =
        name: authentication:
        lib.optional (authentication != null && !(authMethods ? ${authentication})) ''
          programs.thunderbird: accounts.email.accounts.${name} uses authentication method
          '${authentication}', which Thunderbird does not support directly. Falling back
          to password-based authentication.
        '';
      ofServer =
        kind:
        lib.optionals (account.${kind} != null) (
          warning "${account.name}.${kind}" account.${kind}.authentication
        );
      ofAlias =
        alias:
        lib.optionals (isAttrs alias && alias.smtp != null && alias.smtp != account.smtp) (
          warning "${account.name}.aliases.${alias.address}.smtp" alias.smtp.authentication
        );
    in
    lib.concatMap ofServer [
      "imap"
      "smtp"
      "ews"
    ]
    ++ lib.concatMap ofAlias account.aliases;

  identity =
    account: address:
    let
      id = identityId account address;
      isAlias = isAttrs address;
      facts = if isAlias then address // { inherit id; } else account;
      inherit (facts) signature gpg;
    in
    prefixed "mail.identity.id_${id}" (
      {
        fullName = facts.realName;
        useremail = address.address or address;
        valid = true;
        htmlSigText = if signature.showSignature == "none" then "" else signature.text;
      }
      // optionalAttrs signature.htmlFormat { htmlSigFormat = true; }
      // optionalAttrs (gpg != null) {
        attachPgpKey = false;
        autoEncryptDrafts = true;
        e2etechpref = 0;
        encryptionpolicy = if gpg.encryptByDefault then 2 else 0;
        is_gnupg_key_id = true;
        last_entered_external_gnupg_key_id = gpg.key;
        openpgp_key_id = gpg.key;
        protectSubject = true;
        sign_mail = gpg.signByDefault;
      }
      // optionalAttrs (facts.smtp != null) { smtpServer = "smtp_${facts.id}"; }
      // optionalAttrs (facts.smtp == null && account.ews != null) {
        smtpServer = "ews_${account.id}";
      }
    )
    // account.thunderbird.perIdentitySettings id;

  imapServer =
    { id, imap, ... }@account:
    server id (
      {
        directory-rel = "[ProfD]ImapMail/${id}";
        hostname = imap.host;
        login_at_startup = true;
        inherit (account) name userName;
        port = orElse 143 imap.port;
        socketType = socketType imap.tls;
        type = "imap";
      }
      // givenAuthMethod "authMethod" imap
    );

  # Exchange both sends and receives.
  exchangeServer =
    { id, ews, ... }@account:
    {
      "mail.smtpserver.ews_${id}.type" = "ews";
    }
    // prefixed "mail.outgoingserver.ews_${id}" {
      auth_method = authMethod ews.authentication;
      description = account.name;
      ews_url = ews.serviceDescriptionURL;
      key = "ews_${id}";
      username = account.userName;
    }
    // server id (
      {
        directory-rel = "[ProfD]Mail/${id}";
        hostname = ews.host;
        ews_url = ews.serviceDescriptionURL;
        login_at_startup = true;
        inherit (account) name userName;
        port = 443;
        socketType = socketType ews.tls;
        type = "ews";
      }
      // givenAuthMethod "authMethod" ews
    );

  mail =
    account:
    let
      inherit (account)
        id
        primary
        smtp
        ews
        ;
      addresses = [ account.address ] ++ account.aliases;
    in
    prefixed "mail.account.account_${id}" {
      identities = lib.concatMapStringsSep "," (address: "id_${identityId account address}") addresses;
      server = "server_${id}";
    }
    // optionalAttrs primary { "mail.accountmanager.defaultaccount" = "account_${id}"; }
    // optionalAttrs (account.imap != null) (imapServer account)
    // optionalAttrs (smtp != null) (smtpServer id smtp account.userName)
    // optionalAttrs (ews != null) (exchangeServer account)
    // lib.mergeAttrsList (
      map (alias: smtpServer (identityId account alias) alias.smtp alias.userName) (
        lib.filter (alias: isAttrs alias && alias.smtp != null) account.aliases
      )
    )
    // optionalAttrs (primary && (smtp != null || ews != null)) {
      "mail.smtp.defaultserver" = "${if smtp != null then "smtp" else "ews"}_${id}";
    }
    // lib.mergeAttrsList (map (identity account) addresses)
    // account.thunderbird.settings id;

  calendar =
    { id, remote, thunderbird, ... }@account:
    prefixed "calendar.registry.calendar_${id}" (
      {
        inherit (account) name;
        calendar-main-in-composite = true;
        "cache.enabled" = true;
      }
      // (
        if remote == null then
          {
            type = "storage";
            uri = "moz-storage-calendar://";
          }
        else
          {
            type = if remote.type == "http" then "ics" else remote.type;
            uri = remote.url;
            username = remote.userName;
          }
      )
      // optionalAttrs account.primary { calendar-main-default = true; }
      // optionalAttrs thunderbird.readOnly { readOnly = true; }
      // optionalAttrs (thunderbird.color != "") { inherit (thunderbird) color; }
    )
    // thunderbird.settings id;

  contact =
    { id, remote, ... }@account:
    lib.filterAttrs (_name: value: value != null) (
      prefixed "ldap_2.servers.contact_${id}" (
        {
          description = account.name;
          # CardDAV does not work without it.
          filename = "contact_${id}.sqlite";
        }
        // optionalAttrs (remote == null) { dirType = 101; }
        // optionalAttrs (remote != null && remote.type == "carddav") {
          dirType = 102;
          "carddav.url" = remote.url;
          "carddav.username" = remote.userName;
          "carddav.token" = account.thunderbird.token;
        }
      )
    );

  feed =
    { id, name, ... }:
    {
      "mail.account.account_${id}.server" = "server_${id}";
    }
    // server id {
      inherit name;
      type = "rss";
      directory-rel = "[ProfD]Mail/Feeds-${id}";
      hostname = "Feeds-${id}";
    };

  # The file of an account's filters.
  filters =
    filters:
    ''
      version="9"
      logging="no"
    ''
    + lib.concatMapStrings (
      filter:
      if filter.text != null then
        filter.text
      else
        ''
          name="${filter.name}"
          enabled="${lib.hm.booleans.yesNo filter.enabled}"
          type="${filter.type}"
          action="${filter.action}"
        ''
        + lib.optionalString (filter.actionValue != null) ''
          actionValue="${filter.actionValue}"
        ''
        + ''
          condition="${filter.condition}"
        ''
        + lib.optionalString (filter.extraConfig != null) filter.extraConfig
    ) filters;
}
