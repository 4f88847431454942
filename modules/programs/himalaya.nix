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

  withoutNull = lib.filterAttrs (_name: value: value != null);

  encryption =
    tls:
    if tls.useStartTls then
      "start-tls"
    else if tls.enable then
      "tls"
    else
      "none";

  server =
    type: account: server:
    withoutNull {
      inherit type;
      inherit (server) host port;
      encryption.type = encryption server.tls;
      login = account.userName;
      auth = {
        type = "password";
        cmd = lib.concatStringsSep " " account.passwordCommand;
      };
    };

  backend =
    account:
    if account.notmuch.enable then
      {
        type = "notmuch";
        db-path = config.accounts.email.maildirBasePath;
      }
    else if account.imap != null then
      server "imap" account account.imap
    else if account.maildir != null then
      {
        type = "maildir";
        root-dir = account.maildir.absPath;
      }
    else
      null;

  accountSettings =
    account:
    lib.recursiveUpdate (
      {
        email = account.address;
        display-name = account.realName;
        default = account.primary;
        folder.aliases = {
          inherit (account.folders)
            inbox
            sent
            drafts
            trash
            ;
        };
      }
      // lib.optionalAttrs (account.signature.showSignature == "append") {
        signature = account.signature.text;
        signature-delim = account.signature.delimiter;
      }
      // withoutNull { backend = backend account; }
      // (
        if account.smtp != null then
          { message.send.backend = server "smtp" account account.smtp; }
        else
          {
            message.send.backend = {
              type = "sendmail";
              cmd = lib.hm.options.tool pkgs "msmtp" "msmtp";
            };
          }
      )
    ) account.himalaya.settings;
in
{
  title = "Himalaya, a command line mail client";
  docs = "https://github.com/pimalaya/himalaya/blob/master/config.sample.toml";

  imports = [
    (lib.mkRemovedOptionModule [ "services" "himalaya-watch" "enable" ] ''
      services.himalaya-watch has been removed.

      The watch feature moved away from Himalaya scope, and resides
      now in its own project called Mirador. Once the v1 released, the
      service will land back in nixpkgs and home-manager.

      See <https://github.com/pimalaya/mirador>.
    '')
  ];

  accounts.email.options.himalaya = {
    enable = lib.mkEnableOption "Himalaya for the account";
    settings = option settingsType { } "Further settings of the account.";
  };

  options.settings = option settingsType { } ''
    Further contents of {file}`$XDG_CONFIG_HOME/himalaya/config.toml`. See
    <https://github.com/pimalaya/himalaya/blob/master/config.sample.toml>.
  '';

  config.xdg = {
    configFile."himalaya/config.toml".source = toml.generate "himalaya.config.toml" (
      withoutNull cfg.settings
      // {
        accounts = lib.listToAttrs (
          map (account: lib.nameValuePair account.name (accountSettings account)) mailAccounts
        );
      }
    );

    desktopEntries.himalaya = lib.mkIf (pkgs.stdenv.hostPlatform.isLinux && cfg.package != null) {
      type = "Application";
      name = "himalaya";
      genericName = "Email Client";
      comment = "CLI to manage emails";
      terminal = true;
      exec = "himalaya %u";
      categories = [ "Network" ];
      mimeType = [
        "x-scheme-handler/mailto"
        "message/rfc822"
      ];
      settings.Keywords = "email";
    };
  };
}
