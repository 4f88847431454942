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
  yaml = pkgs.formats.yaml { };

  withoutNull = lib.filterAttrs (_name: value: value != null);
  optional = type: option (types.nullOr type) null;
  extraConfig = option yaml.type { } "Further settings. See <https://torsion.org/borgmatic/reference/configuration/>.";
  keep = period: optional types.int "Number of archives to keep, one a ${period}." // { example = 3; };

  # Links to the store need no backup.
  excludeFile = pkgs.writeText "hm-symlinks.txt" (
    lib.concatMapStrings (file: "${config.home.homeDirectory}/${file.target}\n") (
      lib.filter (file: !file.recursive) (lib.attrValues config.home.file)
    )
  );

  repository = types.submodule {
    options = {
      path = lib.mkOption {
        type = types.str;
        example = "ssh://alice@backup.example.com/./repo";
        description = "Path or address of the repository.";
      };
      label = optional types.str "Name of the repository for commands." // {
        example = "remote";
      };
    };
  };

  check = types.submodule {
    options = {
      name = lib.mkOption {
        type = types.enum [
          "repository"
          "archives"
          "data"
          "extract"
        ];
        example = "repository";
        description = "Kind of the check.";
      };
      frequency = optional (types.strMatching "([[:digit:]]+ .*)|always") "How often to check." // {
        example = "2 weeks";
      };
    };
  };

  backup =
    { config, ... }:
    {
      config.location.extraConfig.exclude_from =
        lib.mkIf config.location.excludeHomeManagerSymlinks
          (lib.mkAfter [ (toString excludeFile) ]);

      options = {
        location = {
          sourceDirectories = optional (types.listOf types.str) "Directories to back up. Either these or `patterns` must be given." // {
            example = lib.literalExpression "[ config.home.homeDirectory ]";
          };
          patterns = optional (types.listOf types.str) "Patterns of what to back up. See `borg help patterns`." // {
            example = [
              "R /home/alice"
              "- home/alice/.cache"
            ];
          };
          repositories = lib.mkOption {
            type = types.listOf (types.either types.str repository);
            apply = map (
              repository: if lib.isString repository then { path = repository; } else withoutNull repository
            );
            example = [ { path = "ssh://alice@backup.example.com/./repo"; } ];
            description = "Repositories to back up to.";
          };
          excludeHomeManagerSymlinks = option types.bool false "Whether links that Home Manager made are left out." // {
            example = true;
          };
          inherit extraConfig;
        };

        storage = {
          encryptionPasscommand = optional types.str "Command that prints the passphrase." // {
            example = "pass borg-repo";
          };
          inherit extraConfig;
        };

        retention = {
          keepWithin = optional (types.strMatching "[[:digit:]]+[Hdwmy]") "Time whose archives are all kept." // {
            example = "2d";
          };
          keepSecondly = keep "second";
          keepMinutely = keep "minute";
          keepHourly = keep "hour";
          keepDaily = keep "day";
          keepWeekly = keep "week";
          keepMonthly = keep "month";
          keepYearly = keep "year";
          inherit extraConfig;
        };

        consistency = {
          checks = option (types.listOf check) [ ] "Checks of the repositories." // {
            example = [
              {
                name = "repository";
                frequency = "2 weeks";
              }
            ];
          };
          inherit extraConfig;
        };

        output = { inherit extraConfig; };
        hooks = { inherit extraConfig; };
      };
    };

  text =
    backup:
    let
      inherit (backup) location retention;
    in
    lib.generators.toYAML { } (
      withoutNull (
        {
          source_directories = location.sourceDirectories;
          inherit (location) patterns repositories;
          inherit (backup.consistency) checks;
          encryption_passcommand = backup.storage.encryptionPasscommand;
          keep_within = retention.keepWithin;
          keep_secondly = retention.keepSecondly;
          keep_minutely = retention.keepMinutely;
          keep_hourly = retention.keepHourly;
          keep_daily = retention.keepDaily;
          keep_weekly = retention.keepWeekly;
          keep_monthly = retention.keepMonthly;
          keep_yearly = retention.keepYearly;
        }
        // location.extraConfig
        // backup.storage.extraConfig
        // retention.extraConfig
        // backup.consistency.extraConfig
        // backup.output.extraConfig
        // backup.hooks.extraConfig
      )
    );

  both = backup: backup.location.sourceDirectories != null && backup.location.patterns != null;
  neither = backup: backup.location.sourceDirectories == null && backup.location.patterns == null;
in
{
  title = "borgmatic, which makes backups with Borg";
  docs = "https://torsion.org/borgmatic/";

  options.backups = lib.mkOption {
    type = types.attrsOf (types.submodule backup);
    example = lib.literalExpression ''
      {
        personal = {
          location = {
            sourceDirectories = [ "/home/alice/personal" ];
            repositories = [ "ssh://alice@backup.example.com/./personal" ];
          };
          retention.keepDaily = 7;
        };
      }
    '';
    description = "Backups by name. They are written to {file}`$XDG_CONFIG_HOME/borgmatic.d/NAME.yaml`.";
  };

  config = {
    assertions =
      lib.mapAttrsToList (name: backup: {
        assertion = !both backup;
        message = ''
          Borgmatic backup configuration "${name}" cannot specify both 'location.sourceDirectories' and 'location.patterns'.
        '';
      }) cfg.backups
      ++ lib.mapAttrsToList (name: backup: {
        assertion = !neither backup;
        message = ''
          Borgmatic backup configuration "${name}" must specify one of 'location.sourceDirectories' or 'location.patterns'.
        '';
      }) cfg.backups;

    xdg.configFile = lib.hm.files.inDirectory "borgmatic.d" ".yaml" (_name: backup: {
      text = text backup;
    }) cfg.backups;
  };
}
