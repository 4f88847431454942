{
  lib,
  mailAccounts,
  option,
  pkgs,
  types,
  ...
}:

let
  json = pkgs.formats.json { };

  names = accounts: map (account: account.name) accounts;
  lines = lib.concatStringsSep "\n    ";

  others = names (lib.filter (account: account.flavor != "gmail.com") mailAccounts);
  withoutNotmuch = names (
    lib.filter (account: !account.notmuch.enable && account.lieer.notmuchSetupWarning) mailAccounts
  );

  former = from: to: lib.mkRenamedOptionModule [ "lieer" from ] [ "lieer" "settings" to ];
in
{
  title = "lieer, which synchronizes Gmail for notmuch";
  docs = "https://github.com/gauteh/lieer/blob/master/docs/index.md";

  accounts.email = {
    imports = [
      (former "dropNonExistingLabels" "drop_non_existing_label")
      (former "ignoreTagsRemote" "ignore_remote_labels")
      (former "ignoreTagsLocal" "ignore_tags")
      (former "timeout" "timeout")
      (former "replaceSlashWithDot" "replace_slash_with_dot")
    ];

    options = {
      lieer = {
        enable = lib.mkEnableOption "lieer for the account";

        notmuchSetupWarning = option types.bool true "Whether to warn if notmuch is not enabled for the account.";

        settings = option (types.submodule {
          freeformType = json.type;

          options = {
            drop_non_existing_label = option types.bool false "Whether messages with labels that Gmail does not know are an error.";
            file_extension = option types.str "" "Extension of files of messages." // {
              example = "mbox";
            };
            ignore_empty_history = option types.bool false "Whether an empty history is no reason to synchronize all.";
            ignore_remote_labels =
              option (types.listOf types.str) [
                "CATEGORY_FORUMS"
                "CATEGORY_PROMOTIONS"
                "CATEGORY_UPDATES"
                "CATEGORY_SOCIAL"
                "CATEGORY_PERSONAL"
              ] "Labels of Gmail that do not become tags.";
            ignore_tags = option (types.listOf types.str) [ ] "Tags that do not become labels.";
            local_trash_tag = option types.str "trash" "Tag of messages in the trash.";
            remove_local_messages = option types.bool true "Whether messages are removed that Gmail no longer has.";
            replace_slash_with_dot = option types.bool false "Whether tags have dots for the slashes of labels.";
            timeout = option types.ints.unsigned 600 "Time to wait for Gmail, in seconds; 0 is forever.";
          };
        }) { } ''
          Contents of {file}`.gmailieer.json` in the Maildir. See
          <https://github.com/gauteh/lieer/blob/master/docs/index.md#settings>.
        '';

        sync = {
          enable = lib.mkEnableOption "regular synchronization by lieer";
          frequency = option types.str "*:0/5" "When to synchronize. See {manpage}`systemd.time(7)`.";
        };
      };

      warnings = option (types.listOf types.str) [ ] "Warnings about the account." // {
        internal = true;
        visible = false;
      };
    };
  };

  config = {
    assertions = [
      {
        assertion = others == [ ];
        message = ''
          lieer is enabled for non-Gmail accounts:

              ${lines others}

          If these accounts are actually Gmail accounts, you can
          fix this error with:

              ${lines (map (name: ''accounts.email.accounts.${name}.flavor = "gmail.com";'') others)}
        '';
      }
    ];

    warnings =
      lib.concatMap (account: account.warnings) mailAccounts
      ++ lib.optional (withoutNotmuch != [ ]) ''
        lieer is enabled for the following email accounts, but notmuch is not:

            ${lines withoutNotmuch}

        Notmuch can be enabled with:

            ${lines (map (name: "accounts.email.accounts.${name}.notmuch.enable = true;") withoutNotmuch)}

        If you have configured notmuch outside of Home Manager, you can suppress this
        warning with:

            programs.lieer.notmuchSetupWarning = false;
      '';

    programs.notmuch.new.ignore = [ "/.*[.](json|lock|bak)$/" ];

    home.file = lib.listToAttrs (
      map (
        account:
        lib.nameValuePair "${account.maildir.absPath}/.gmailieer.json" {
          source = json.generate "lieer-${account.address}.json" (
            { account = account.address; } // account.lieer.settings
          );
        }
      ) mailAccounts
    );
  };
}
