{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  inherit (lib) concatStringsSep mapAttrsToList optionalAttrs;

  mailAccounts = lib.filter (account: account.enable && account.notmuch.enable) (
    lib.attrValues config.accounts.email.accounts
  );
  primaryFirst = lib.sort (a: b: a.primary && !b.primary) mailAccounts;

  pythonBool = value: if value then "True" else "False";

  contactRegexp = "'\\[?{\"name\": \"(?P<name>.*)\", \"address\": \"(?P<email>.+)\", \"name-addr\": \".*\"}[,\\]]?'";

  menuOption = option (types.attrsOf types.str) { };

  tag.options = {
    translated = lib.mkOption {
      type = types.nullOr types.str;
      description = "Text that is shown for the tag; nothing is shown if it is empty.";
    };
    translation = option (types.nullOr types.str) null "Regular expression and text that are applied to the tag.";
    normal = option (types.nullOr types.str) null "Look of the tag. See <https://alot.readthedocs.io/en/latest/configuration/theming.html>." // {
      example = "'','', 'white','light red', 'white','#d66'";
    };
    focus = option (types.nullOr types.str) null "Look of the tag where the focus is.";
  };

  keyValue = name: value: "${name}=${value}";

  maildirUrl = account: folder: "'maildir://${account.maildir.absPath}/${folder}'";

  accountText =
    account:
    let
      inherit (account) folders gpg signature;
    in
    concatStringsSep "\n" (
      [ "[[${account.name}]]" ]
      ++ mapAttrsToList keyValue (
        {
          inherit (account) address;
          realname = account.realName;
          sendmail_command = lib.optionalString (
            account.alot.sendMailCommand != null
          ) account.alot.sendMailCommand;
        }
        // optionalAttrs (folders.sent != null) { sent_box = maildirUrl account folders.sent; }
        // optionalAttrs (folders.drafts != null) { draft_box = maildirUrl account folders.drafts; }
        // optionalAttrs (account.aliases != [ ]) { aliases = concatStringsSep "," account.aliases; }
        // optionalAttrs (gpg != null) {
          gpg_key = gpg.key;
          encrypt_by_default = if gpg.encryptByDefault then "all" else "none";
          sign_by_default = pythonBool gpg.signByDefault;
        }
        // optionalAttrs (signature.showSignature != "none") {
          signature = "${pkgs.writeText "signature.txt" signature.text}";
          signature_as_attachment = pythonBool (signature.showSignature == "attach");
        }
      )
      ++ [ account.alot.extraConfig ]
      ++ [ "[[[abook]]]" ]
      ++ mapAttrsToList keyValue account.alot.contactCompletion
    );

  bindings = menu: concatStringsSep "\n" (mapAttrsToList (key: command: "${key} = ${command}") cfg.bindings.${menu});
in
{
  title = "alot, a notmuch client for the terminal";
  docs = "https://alot.readthedocs.io/en/latest/configuration/";

  accounts.email =
    { config, ... }:
    {
      options.alot = {
        sendMailCommand = lib.mkOption {
          type = types.nullOr types.str;
          description = ''
            Command that sends mail. With msmtp it is
            `msmtpq --read-envelope-from --read-recipients`.
          '';
        };

        contactCompletion =
          option (types.attrsOf types.str) {
            type = "shellcommand";
            command = "'${lib.hm.options.tool pkgs "notmuch" "notmuch"} address --format=json --output=recipients  date:6M..'";
            regexp = contactRegexp;
            shellcommand_external_filtering = "False";
          } "How addresses are completed. See <https://alot.readthedocs.io/en/latest/configuration/contacts_completion.html>."
          // {
            defaultText = lib.literalMD "Addresses of the last six months, by notmuch.";
            example = {
              type = "shellcommand";
              command = "abook --mutt-query";
              ignorecase = "True";
            };
          };

        extraConfig = option types.lines "" "Further settings of the account.";
      };

      config.alot.sendMailCommand = lib.mkIf config.notmuch.enable (
        lib.mkOptionDefault (
          if config.msmtp.enable then "msmtpq --read-envelope-from --read-recipients" else null
        )
      );
    };

  options = {
    hooks = option types.lines "" "Contents of {file}`$XDG_CONFIG_HOME/alot/hooks.py`. See <https://alot.readthedocs.io/en/latest/configuration/hooks.html>.";

    bindings = option (types.submodule {
      options = {
        global = menuOption "Keys everywhere.";
        bufferlist = menuOption "Keys in the list of buffers.";
        search = menuOption "Keys in results of a search.";
        envelope = menuOption "Keys while a message is written.";
        taglist = menuOption "Keys in the list of tags.";
        thread = menuOption "Keys in a thread.";
      };
    }) { } "Commands by the keys that call them. See <https://alot.readthedocs.io/en/latest/configuration/key_bindings.html>.";

    tags = option (types.attrsOf (types.submodule tag)) { } "How tags are shown.";

    settings =
      option
        (types.attrsOf (types.either (types.either (types.either types.str types.int) types.bool) types.float))
        {
          initial_command = "search tag:inbox AND NOT tag:killed";
          auto_remove_unread = true;
          handle_mouse = true;
          prefer_plaintext = true;
        }
        "Settings. See <https://alot.readthedocs.io/en/latest/configuration/config_options.html>."
      // {
        example.thread_indent_replies = 2;
      };

    extraConfig = option types.lines "" "Further lines of {file}`$XDG_CONFIG_HOME/alot/config`.";
  };

  config.xdg.configFile = {
    "alot/config".text =
      ''
        # Generated by Home Manager.
        # See http://alot.readthedocs.io/en/latest/configuration/config_options.html

        ${lib.generators.toKeyValue {
          mkKeyValue =
            name: value: "${name} = ${if lib.isBool value then pythonBool value else toString value}";
        } cfg.settings}
        ${cfg.extraConfig}
        [tags]
      ''
      + lib.generators.toINI { mkSectionName = name: "[${name}]"; } (
        lib.mapAttrs (_name: lib.filterAttrs (name: value: name != "_module" && value != null)) cfg.tags
      )
      + ''
        [bindings]
        ${bindings "global"}

        [[bufferlist]]
        ${bindings "bufferlist"}
        [[search]]
        ${bindings "search"}
        [[envelope]]
        ${bindings "envelope"}
        [[taglist]]
        ${bindings "taglist"}
        [[thread]]
        ${bindings "thread"}

        [accounts]

        ${lib.concatMapStringsSep "\n\n" accountText primaryFirst}
      '';

    "alot/hooks.py" = lib.mkIf (cfg.hooks != "") {
      text = "# Generated by Home Manager.\n" + cfg.hooks;
    };
  };
}
