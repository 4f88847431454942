# What aerc reads of an account of mail.
{ lib, maildirBasePath }:

let
  inherit (lib) optionalAttrs optionalString;

  isEmpty = value: value == null || value == [ ] || value == "";
  setting = name: value: optionalAttrs (!isEmpty value) { ${name} = value; };

  passwordCommand =
    direction: command:
    setting "${direction}-cred-cmd" (if command == null then null else lib.concatStringsSep " " command);

  usesOauth = method: method == "oauthbearer" || method == "xoauth2";

  parameters =
    method: values:
    optionalString (usesOauth method && values != null && values != { }) (
      "?"
      + lib.concatStringsSep "&" (
        lib.mapAttrsToList (name: value: "${name}=${lib.escapeURL value}") (
          lib.filterAttrs (_name: value: value != null) values
        )
      )
    );

  method = name: optionalString (name != null) "+${name}";

  url =
    protocol: account: server: query:
    "${protocol}://${lib.escapeURL account.userName}@${server.host}${
      optionalString (server.port != null) ":${toString server.port}"
    }${query}";

  imapProtocol =
    { imap, aerc, ... }:
    if !imap.tls.enable then
      "imap+insecure"
    else if imap.tls.useStartTls then
      "imap"
    else
      "imaps${method aerc.imapAuth}";

  smtpProtocol =
    { smtp, aerc, ... }:
    (
      if !smtp.tls.enable then
        "smtp+insecure"
      else if smtp.tls.useStartTls then
        "smtp"
      else
        "smtps"
    )
    + method aerc.smtpAuth;

  source =
    account:
    let
      inherit (account) mbsync maildir;
    in
    if account.notmuch.enable then
      {
        source = "notmuch://${maildirBasePath}";
        maildir-store = maildirBasePath;
        maildir-account-path = maildir.path;
      }
    else if mbsync.enable && mbsync.flatten == null && mbsync.subFolders == "Maildir++" then
      { source = "maildirpp://${maildirBasePath}/${maildir.path}/Inbox"; }
    else if mbsync.enable || account.offlineimap.enable then
      { source = "maildir://${maildirBasePath}/${maildir.path}"; }
    else if account.imap != null then
      {
        source = url (imapProtocol account) account account.imap (
          parameters account.aerc.imapAuth account.aerc.imapOauth2Params
        );
      }
      // passwordCommand "source" account.passwordCommand
    else
      { };

  outgoing =
    account:
    if account.msmtp.enable then
      { outgoing = "msmtpq --read-envelope-from --read-recipients"; }
    else if account.smtp != null then
      {
        outgoing = url (smtpProtocol account) account account.smtp (
          parameters account.aerc.smtpAuth account.aerc.smtpOauth2Params
        );
      }
      // passwordCommand "outgoing" account.passwordCommand
    else
      { };

  # Sections that hold for the account alone.
  contextual = part: name: account: lib.mapAttrs' (section: lib.nameValuePair "${section}:account=${name}") account.aerc.${part};
in
{
  section =
    _name: account:
    {
      from = "${account.realName} <${account.address}>";
    }
    // setting "copy-to" account.folders.sent
    // setting "default" account.folders.inbox
    // setting "postpone" account.folders.drafts
    // setting "aliases" account.aliases
    // source account
    // outgoing account
    // optionalAttrs (account.gpg != null) {
      pgp-key-id = account.gpg.key;
      pgp-auto-sign = account.gpg.signByDefault;
      pgp-opportunistic-encrypt = account.gpg.encryptByDefault;
    }
    // account.aerc.extraAccounts;

  config = contextual "extraConfig";
  binds = contextual "extraBinds";
}
