{
  cfg,
  config,
  lib,
  mailAccounts,
  option,
  pkgs,
  types,
  ...
}:

let
  toml = pkgs.formats.toml { };
  settingsType = types.submodule { freeformType = toml.type; };

  sending =
    { smtp, ... }@account:
    {
      hostname = smtp.host;
      inherit (smtp) port;
      auth = {
        type = "auto";
        username = account.userName;
        password = {
          type = "command_eval";
          value = lib.concatStringsSep " " account.passwordCommand;
        };
      };
      security = {
        type =
          if !smtp.tls.enable then
            "none"
          else if smtp.tls.useStartTls then
            "starttls"
          else
            "tls";
        danger_accept_invalid_certs = false;
      };
      extensions = {
        PIPELINING = true;
        CHUNKING = true;
        PRDR = true;
        DSN_NOTIFY = "FAILURE";
      };
    };

  accountSettings =
    account:
    {
      root_mailbox = "${config.accounts.email.maildirBasePath}/${account.maildir.path}";
      format = "Maildir";
      identity = account.address;
      display_name = account.realName;
      subscribed_mailboxes = account.meli.mailboxes;
      send_mail = sending account;
      mailboxes = account.meli.mailboxAliases;
    }
    // lib.optionalAttrs (account.flavor == "fastmail.com") {
      server_username = account.userName;
      server_password_command = lib.concatMapStringsSep " " lib.escapeShellArg account.passwordCommand;
      format = "jmap";
      server_url = "https://api.fastmail.com/jmap/session";
      use_token = true;
    }
    // account.meli.settings;

  file = toml.generate "meli-config" (
    {
      accounts = lib.listToAttrs (
        map (account: lib.nameValuePair account.name (accountSettings account)) mailAccounts
      );
    }
    // cfg.settings
  );
in
{
  title = "meli, a mail client for the terminal";
  docs = "https://meli-email.org/documentation.html";

  accounts.email =
    { config, ... }:
    {
      options.meli = {
        enable = lib.mkEnableOption "meli for the account, which needs settings of SMTP";

        mailboxes =
          let
            inherit (config) folders;
          in
          option (types.listOf types.str) [
            folders.inbox
            folders.sent
            folders.trash
            folders.drafts
          ] "Mailboxes that are shown."
          // {
            example = [
              "INBOX"
              "Sent"
            ];
          };

        mailboxAliases = option (types.attrsOf types.attrs) { } "Settings of mailboxes, such as the name that is shown." // {
          example.INBOX.alias = "Inbox";
        };

        settings = option settingsType { } "Further settings of the account.";
      };
    };

  options = {
    includes = option (types.listOf types.str) [ ] "Further files of settings.";

    settings = option settingsType { } ''
      Contents of {file}`$XDG_CONFIG_HOME/meli/config.toml`. See {manpage}`meli.conf(5)`,
      <https://meli-email.org/documentation.html#meli.conf.5>.
    '' // {
      example.shortcuts.general.next_page = "PageDown";
    };
  };

  config = {
    assertions = [
      {
        assertion = !(cfg.settings ? accounts);
        message = ''
          programs.meli.settings.accounts override the accounts.email values.
                Use per-email accounts.email.<ACCOUNT>.meli.settings instead'';
      }
    ];

    xdg.configFile."meli/config.toml" =
      if cfg.includes == [ ] then
        { source = file; }
      else
        {
          text = lib.concatMapStringsSep "\n" (path: "include(\"${path}\")") (cfg.includes ++ [ file ]);
        };
  };
}
