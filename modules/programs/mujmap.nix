{
  lib,
  mailAccounts,
  option,
  pkgs,
  types,
  ...
}:

let
  toml = pkgs.formats.toml { };

  lines = lib.concatStringsSep "\n    ";
  withoutNull = lib.filterAttrs (_name: value: value != null);

  withoutNotmuch = map (account: account.name) (
    lib.filter (account: !account.notmuch.enable && account.mujmap.notmuchSetupWarning) mailAccounts
  );

  settings =
    account:
    let
      all =
        lib.optionalAttrs (account.jmap != null) (withoutNull {
          fqdn = account.jmap.host;
          session_url = account.jmap.sessionUrl;
        })
        // {
          username = account.userName;
          password_command = lib.escapeShellArgs account.passwordCommand;
        }
        // withoutNull account.mujmap.settings;
    in
    # Either of them says where the server is.
    if all ? fqdn then removeAttrs all [ "session_url" ] else all;

  optionalStr = option (types.nullOr types.str) null;
  tag = name: option types.str name "Tag for the mailbox `${name}`.";
in
{
  title = "mujmap, which synchronizes JMAP servers for notmuch";
  docs = "https://github.com/elizagamedev/mujmap";

  accounts.email.options.mujmap = {
    enable = lib.mkEnableOption "mujmap for the account";

    notmuchSetupWarning = option types.bool true "Whether to warn if notmuch is not enabled for the account.";

    settings = option (types.submodule {
      freeformType = toml.type;

      options = {
        username = optionalStr "Name of the user; that of the account if null." // {
          example = "alice@example.com";
        };

        password_command =
          option (types.nullOr (types.either types.str (types.listOf types.str))) null ''
            Command that prints the password; that of the account if null.
          ''
          // {
            apply = command: if lib.isList command then lib.escapeShellArgs command else command;
            example = "pass alice@example.com";
          };

        fqdn = optionalStr "Name of the server, whose address is looked up. Goes before `session_url`." // {
          example = "example.com";
        };

        session_url = optionalStr "Address of the JMAP session." // {
          example = "https://jmap.example.com/.well-known/jmap";
        };

        auto_create_new_mailboxes = option types.bool true "Whether new tags make mailboxes on the server.";

        cache_dir = optionalStr "Directory of mail that is about to be added.";

        tags = option (types.submodule {
          freeformType = toml.type;
          options = {
            lowercase = option types.bool false "Whether names of mailboxes become tags in lower case.";
            directory_separator = option types.str "/" "Separator of the parts of mailboxes in tags." // {
              example = ".";
            };
            inbox = tag "inbox";
            deleted = tag "deleted";
            sent = tag "sent";
            spam = tag "spam";
            important = tag "important";
            phishing = option types.str "phishing" "Tag for the keyword `$Phishing`.";
          };
        }) { } "Tags of mailboxes and keywords.";
      };
    }) { } ''
      Contents of {file}`mujmap.toml` in the Maildir. See
      <https://github.com/elizagamedev/mujmap/blob/main/mujmap.toml.example>.
    '';
  };

  config = {
    warnings =
      lib.optional (withoutNotmuch != [ ]) ''
        mujmap is enabled for the following email accounts, but notmuch is not:

            ${lines withoutNotmuch}

        Notmuch can be enabled with:

            ${lines (map (name: "accounts.email.accounts.${name}.notmuch.enable = true;") withoutNotmuch)}

        If you have configured notmuch outside of Home Manager, you can suppress this
        warning with:

            programs.mujmap.notmuchSetupWarning = false;
      ''
      ++ lib.concatMap (account: account.warnings or [ ]) mailAccounts;

    programs.notmuch.new.ignore = [ "/.*[.](toml|json|lock)$/" ];

    home.file = lib.listToAttrs (
      map (
        account:
        lib.nameValuePair "${account.maildir.absPath}/mujmap.toml" {
          source = toml.generate "mujmap-${lib.replaceStrings [ "@" ] [ "_at_" ] account.address}.toml" (
            settings account
          );
        }
      ) mailAccounts
    );
  };
}
