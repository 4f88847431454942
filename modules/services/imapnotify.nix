{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) types;
  inherit (lib.hm.options) option;

  cfg = config.services.imapnotify;

  accounts = lib.filter (account: account.enable && account.imapnotify.enable) (
    lib.attrValues config.accounts.email.accounts
  );

  program = lib.hm.options.programPath cfg.package "goimapnotify";

  # Names of units cannot have these.
  safeName = lib.replaceStrings [ "@" ":" "\\" "[" "]" ] [ "-" "-" "-" "" "" ];
  unitName = account: "imapnotify-${safeName account.name}";
  fileName = account: "${unitName account}-config.json";

  forAccounts = name: value: lib.listToAttrs (map (account: lib.nameValuePair (name account) (value account)) accounts);

  file =
    account:
    let
      inherit (account) imap imapnotify;
    in
    pkgs.writeText (fileName account) (
      builtins.toJSON (
        {
          inherit (imap) host;
          port =
            if imap.port != null then
              imap.port
            else if imap.tls.enable then
              993
            else
              143;
          tls = imap.tls.enable;
          tlsOptions.starttls = imap.tls.useStartTls;
          username = account.userName;
          passwordCmd = lib.concatMapStringsSep " " lib.escapeShellArg account.passwordCommand;
          inherit (imapnotify) boxes;
        }
        // lib.optionalAttrs (imapnotify.onNotify != "") { onNewMail = imapnotify.onNotify; }
        // lib.optionalAttrs (imapnotify.onNotifyPost != "") { onNewMailPost = imapnotify.onNotifyPost; }
        // imapnotify.extraConfig
      )
    );

  notmuchConfig = "${config.xdg.configHome}/notmuch/default/config";

  require =
    attribute: what:
    let
      lacking = lib.filter (account: account.${attribute} == null) accounts;
    in
    {
      assertion = lacking == [ ];
      message = "imapnotify: Missing ${what} for accounts: ${
        lib.concatMapStringsSep ", " (account: account.name) lacking
      }";
    };

  commandOption = option (types.either types.str (types.attrsOf types.str)) "";
in
{
  options = {
    services.imapnotify = {
      enable = lib.mkEnableOption "goimapnotify, which runs commands when mail arrives";

      package = lib.hm.options.packageOption pkgs "goimapnotify" {
        nullable = true;
        example = "pkgs.imapnotify";
      };

      path = option (types.listOf types.package) [ ] "Packages whose programs the commands can call." // {
        apply = lib.makeBinPath;
      };
    };

    accounts.email.accounts = lib.mkOption {
      type = types.attrsOf (
        types.submodule {
          options.imapnotify = {
            enable = lib.mkEnableOption "imapnotify for the account";

            onNotify = commandOption "Command when mail arrives, or commands by event. See <https://gitlab.com/shackra/goimapnotify>." // {
              example = "\${pkgs.isync}/bin/mbsync test-%s";
            };

            onNotifyPost = commandOption "Command after `onNotify` succeeded, or commands by event." // {
              example.mail = "\${pkgs.notmuch}/bin/notmuch new";
            };

            boxes = option (types.listOf types.str) [ ] "Mailboxes to watch." // {
              example = [ "Inbox" ];
            };

            extraArgs = option (types.listOf types.str) [ ] "Further arguments of goimapnotify." // {
              example = [ "-wait 1" ];
            };

            extraConfig = option (pkgs.formats.json { }).type { } "Further settings of the account.";
          };
        }
      );
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      (require "maildir" "maildir configuration")
      (require "imap" "IMAP configuration")
      (require "passwordCommand" "password command")
      (require "userName" "username")
    ];

    services.imapnotify.path = lib.mkMerge [
      (lib.mkIf (config.programs.notmuch.enable && pkgs ? notmuch) [ pkgs.notmuch ])
      (lib.mkIf (config.programs.mbsync.enable && config.programs.mbsync.package != null) [
        config.programs.mbsync.package
      ])
    ];

    systemd.user.services = forAccounts unitName (account: {
      Unit.Description = "imapnotify for ${safeName account.name}";
      Service = {
        ExecStart = "${program} -conf '${file account}' ${toString account.imapnotify.extraArgs}";
        Restart = "always";
        RestartSec = 30;
        Type = "simple";
        Environment = [
          "PATH=${cfg.path}"
        ]
        ++ lib.optional account.notmuch.enable "NOTMUCH_CONFIG=${notmuchConfig}";
      };
      Install.WantedBy = [ "default.target" ];
    });

    launchd.agents = forAccounts unitName (account: {
      enable = true;
      config = {
        ProgramArguments = [
          program
          "-conf"
          "${file account}"
        ];
        KeepAlive = true;
        ThrottleInterval = 30;
        ExitTimeOut = 0;
        ProcessType = "Background";
        RunAtLoad = true;
      }
      // lib.optionalAttrs account.notmuch.enable {
        EnvironmentVariables.NOTMUCH_CONFIG = notmuchConfig;
      };
    });

    xdg.configFile = forAccounts (account: "imapnotify/${fileName account}") (account: {
      source = file account;
    });
  };
}
