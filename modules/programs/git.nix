{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (lib.generators) toGitINI;
  inherit (lib.hm.options) packageOption programPath programPath';

  cfg = config.programs.git;
  git = programPath cfg.package "git";
  gitLfs = programPath cfg.lfs.package "git-lfs";

  # section.key, section.subsection.key; every key may be repeated.
  iniType =
    let
      scalar = types.either types.str (types.either types.bool types.int);
      values = types.either scalar (types.listOf scalar);
      section = types.attrsOf (types.either values (types.attrsOf values));
    in
    types.attrsOf section;

  nullableString = description: mkOption {
    type = types.nullOr types.str;
    default = null;
    inherit description;
  };

  stringList = description: example: mkOption {
    type = types.listOf types.str;
    default = [ ];
    inherit description example;
  };

  includeType = types.submodule (
    { config, ... }:
    {
      options = {
        condition = nullableString "Condition of an `includeIf` section; `null` includes always.";

        path = mkOption {
          type = types.either types.str types.path;
          description = "The included file. Derived from `contents` unless given.";
        };

        contents = mkOption {
          type = types.attrsOf types.anything;
          default = { };
          example = { user.email = "me@work.example.org"; };
          description = "Settings of the included file, structured like `programs.git.settings`.";
        };

        contentSuffix = mkOption {
          type = types.str;
          default = "gitconfig";
          description = "Name in the store of the file written for `contents`.";
        };
      };

      config.path = lib.mkIf (config.contents != { }) (
        lib.mkDefault (
          pkgs.writeText (lib.hm.strings.storeFileName config.contentSuffix) (toGitINI config.contents)
        )
      );
    }
  );

  includeSection =
    { condition, path, ... }:
    let
      target.path = "${path}";
    in
    if condition == null then { include = target; } else { includeIf.${condition} = target; };

  # `settings` as a list keeps the order of its fragments; as a set it is merged with what
  # other options and modules contribute to `iniContent`.
  fragments = if lib.isList cfg.settings then lib.filter (part: part != { }) cfg.settings else [ ];

  mainConfig = lib.concatStringsSep "\n" (
    lib.filter (text: builtins.match "[[:space:]]*" text == null) (
      map toGitINI ([ cfg.iniContent ] ++ fragments)
    )
  );

  lineFile = lines: lib.mkIf (lines != [ ]) { text = lib.concatStringsSep "\n" lines + "\n"; };

  # The tools that can take over the pager of git, with the option that makes them do so.
  pagerIntegrations =
    lib.mapAttrs (_name: lib.toList)
      {
        delta = "enableGitIntegration";
        diff-highlight = "enableGitIntegration";
        diff-so-fancy = "enableGitIntegration";
        difftastic = [
          "git"
          "enable"
        ];
        patdiff = "enableGitIntegration";
        riff = "enableGitIntegration";
      };

  activePagers = lib.concatLists (
    lib.mapAttrsToList (
      name: path:
      let
        program = config.programs.${name} or { enable = false; };
      in
      lib.optional (program.enable && lib.attrByPath path false program)
        "`programs.${name}.${lib.concatStringsSep "." path}'"
    ) pagerIntegrations
  );

  gnupg = config.programs.gpg.package or null;

  signers = {
    openpgp = programPath gnupg "gpg";
    x509 = programPath' gnupg "gpgsm";
    ssh = programPath' (pkgs.openssh or null) "ssh-keygen";
  };

  sender = account: "${account.realName} <${account.address}>";

  sendEmailSection =
    account:
    let
      inherit (account) smtp;
      usesStartTls = smtp.tls.useStartTls || lib.versionOlder config.home.stateVersion "20.09";
    in
    if account.msmtp.enable then
      {
        sendmailCmd = programPath config.programs.msmtp.package "msmtp";
        envelopeSender = "auto";
        from = sender account;
      }
    else
      {
        from = sender account;
        smtpServer = smtp.host;
        smtpUser = account.userName;
        smtpEncryption =
          if !smtp.tls.enable then
            ""
          else if usesStartTls then
            "tls"
          else
            "ssl";
        smtpSslCertPath = lib.mkIf smtp.tls.enable (toString smtp.tls.certificatesFile);
      }
      // lib.optionalAttrs (smtp.port != null) { smtpServerPort = smtp.port; };

  sendEmailSections = lib.mapAttrs' (
    name: account: lib.nameValuePair "sendemail.${name}" (sendEmailSection account)
  ) (
    lib.filterAttrs (_name: account: account.enable && account.smtp != null) (
      config.accounts.email.accounts or { }
    )
  );

  lfsFilter =
    let
      skip = lib.optionalString cfg.lfs.skipSmudge " --skip";
    in
    {
      required = true;
      clean = "${gitLfs} clean -- %f";
      smudge = "${gitLfs} smudge${skip} -- %f";
      process = "${gitLfs} filter-process${skip}";
    };

  maintenanceDescription = "Optimize Git repositories data";

  maintenanceService = {
    Unit = {
      Description = maintenanceDescription;
      Documentation = [ "man:git-maintenance(1)" ];
    };

    Service = {
      Type = "oneshot";
      ExecStart = ''
        "${git}" for-each-repo --keep-going --config=maintenance.repo maintenance run --schedule=%i
      '';
      SystemCallArchitectures = "native";
      SystemCallFilter = "@system-service";
      RestrictAddressFamilies = "AF_UNIX AF_INET AF_INET6 AF_VSOCK";
    }
    // lib.genAttrs [
      "LockPersonality"
      "MemoryDenyWriteExecute"
      "NoNewPrivileges"
      "RestrictNamespaces"
      "RestrictRealtime"
      "RestrictSUIDSGID"
    ] (_name: "yes");
  };

  maintenanceTimer = schedule: calendar: {
    name = "git-maintenance@${schedule}";
    value = {
      Unit.Description = maintenanceDescription;
      Timer = {
        OnCalendar = calendar;
        Persistent = true;
      };
      Install.WantedBy = [ "timers.target" ];
    };
  };

  maintenanceAgent = schedule: intervals: {
    enable = true;
    config = {
      ProgramArguments = [
        git
        "for-each-repo"
        "--keep-going"
        "--config=maintenance.repo"
        "maintenance"
        "run"
        "--schedule=${schedule}"
      ];
      StartCalendarInterval = intervals;
    };
  };

  maintenanceAgents = {
    git-maintenance-hourly = maintenanceAgent "hourly" (
      lib.genList (index: {
        Hour = index + 1;
        Minute = 53;
      }) 23
    );
    git-maintenance-daily = maintenanceAgent "daily" (
      lib.genList (index: {
        Weekday = index + 1;
        Hour = 0;
        Minute = 53;
      }) 6
    );
    git-maintenance-weekly = maintenanceAgent "weekly" [
      {
        Weekday = 0;
        Hour = 0;
        Minute = 53;
      }
    ];
  };

  renamed =
    from: to:
    lib.mkRenamedOptionModule (
      [
        "programs"
        "git"
      ]
      ++ from
    ) (
      [
        "programs"
        "git"
      ]
      ++ to
    );
in
{
  imports = [
    (renamed [ "signing" "gpgPath" ] [ "signing" "signer" ])
    (renamed [ "extraConfig" ] [ "settings" ])
    (renamed [ "userName" ] [ "settings" "user" "name" ])
    (renamed [ "userEmail" ] [ "settings" "user" "email" ])
    (renamed [ "aliases" ] [ "settings" "alias" ])
  ];

  options.programs.git = {
    enable = lib.mkEnableOption "Git";

    package = packageOption pkgs "git" {
      nullable = true;
      example = [ "gitFull" ];
    };

    settings = mkOption {
      type = types.either iniType (types.listOf iniType);
      default = { };
      example = {
        user.name = "Alice";
        url."ssh://git@host".insteadOf = "otherhost";
      };
      description = ''
        Contents of {file}`$XDG_CONFIG_HOME/git/config`. A list of sets is written in its own
        order, so that a section or key may occur several times.
      '';
    };

    iniContent = mkOption {
      type = iniType;
      internal = true;
      description = "Everything that goes to the main section of the configuration file.";
    };

    signing = {
      key = nullableString "Key to sign with; `null` leaves the choice to the signing program.";

      format = mkOption {
        type = types.nullOr (types.enum (lib.attrNames signers));
        defaultText = lib.literalExpression ''
          if lib.versionAtLeast config.home.stateVersion "25.05" then null else "openpgp"
        '';
        description = "Kind of signature.";
      };

      signByDefault = mkOption {
        type = types.nullOr types.bool;
        default = null;
        description = "Whether commits and tags are signed without asking for it.";
      };

      signer = mkOption {
        type = types.nullOr types.str;
        description = "Program that makes the signatures.";
      };
    };

    hooks = mkOption {
      type = types.attrsOf types.path;
      default = { };
      example = lib.literalExpression "{ pre-commit = ./check.sh; }";
      description = "Scripts by the name of the hook they implement, see {manpage}`githooks(5)`.";
    };

    ignores = stringList "Patterns ignored in every repository." [ "*~" ];

    attributes = stringList "Attribute lines that hold in every repository." [ "*.pdf diff=pdf" ];

    includes = mkOption {
      type = types.listOf includeType;
      default = [ ];
      example = [
        {
          condition = "gitdir:~/work/";
          path = "~/work/gitconfig";
        }
      ];
      description = "Further configuration files, included at the end.";
    };

    lfs = {
      enable = lib.mkEnableOption "Git Large File Storage";

      package = packageOption pkgs "git-lfs" { nullable = true; };

      skipSmudge = mkOption {
        type = types.bool;
        default = false;
        description = "Leave large files alone until {command}`git lfs pull` asks for them.";
      };
    };

    maintenance = {
      enable = lib.mkEnableOption "scheduled {command}`git maintenance`";

      repositories = stringList "Absolute paths of the repositories to maintain." [ "/home/me/src" ];

      timers = mkOption {
        type = types.attrsOf types.str;
        default = {
          hourly = "*-*-* 1..23:53:00";
          daily = "Tue..Sun *-*-* 0:53:00";
          weekly = "Mon 0:53:00";
        };
        description = "Calendar expressions, see {manpage}`systemd.time(7)`, by `--schedule` name.";
      };
    };
  };

  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      {
        home.packages = lib.optional (cfg.package != null) cfg.package;

        assertions = [
          {
            assertion = lib.length activePagers < 2;
            message = ''
              Only one of the following options can be enabled at a time.
                - ${lib.concatStringsSep "\n  - " activePagers}
            '';
          }
        ];

        xdg.configFile = {
          "git/config".text = lib.mkMerge [
            mainConfig
            (lib.mkIf (cfg.includes != [ ]) (
              lib.mkAfter (
                lib.concatMapStringsSep "\n" (include: toGitINI (includeSection include)) cfg.includes
              )
            ))
          ];
          "git/ignore" = lineFile cfg.ignores;
          "git/attributes" = lineFile cfg.attributes;
        };

        programs.git = {
          signing.format = lib.mkOptionDefault (
            if lib.versionAtLeast config.home.stateVersion "25.05" then null else "openpgp"
          );
          signing.signer = lib.mkIf (cfg.signing.format != null) (
            lib.mkOptionDefault signers.${cfg.signing.format}
          );

          iniContent = lib.mkMerge [
            sendEmailSections
            (lib.mkIf (!lib.isList cfg.settings && cfg.settings != { }) cfg.settings)
            (lib.mkIf (cfg.signing.key != null) { user.signingKey = lib.mkDefault cfg.signing.key; })
            (lib.mkIf (cfg.signing.signByDefault != null) {
              commit.gpgSign = lib.mkDefault cfg.signing.signByDefault;
              tag.gpgSign = lib.mkDefault cfg.signing.signByDefault;
            })
            (lib.mkIf (cfg.signing.format != null) {
              gpg.format = lib.mkDefault cfg.signing.format;
              gpg.${cfg.signing.format}.program = lib.mkDefault cfg.signing.signer;
            })
            (lib.mkIf (cfg.hooks != { }) {
              core.hooksPath = toString (
                pkgs.linkFarm "git-hooks" (lib.mapAttrsToList (name: path: { inherit name path; }) cfg.hooks)
              );
            })
          ];
        };
      }

      (lib.mkIf cfg.lfs.enable {
        home.packages = lib.optional (cfg.lfs.package != null) cfg.lfs.package;
        programs.git.iniContent.filter.lfs = lfsFilter;
      })

      (lib.mkIf cfg.maintenance.enable (
        {
          programs.git.iniContent.maintenance.repo = cfg.maintenance.repositories;

          systemd.user.services."git-maintenance@" = maintenanceService;
          systemd.user.timers = lib.mapAttrs' maintenanceTimer cfg.maintenance.timers;
        }
        // lib.optionalAttrs (options ? launchd) { launchd.agents = maintenanceAgents; }
      ))
    ]
  );
}
