{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.programs.gh;

  yamlFormat = pkgs.formats.yaml { };

  gh = lib.hm.options.programPath cfg.package "gh";

  # git looks only for programs of its own kind by name, unless told to ask the shell.
  credentialHelper =
    if cfg.package == null then
      "!gh auth git-credential"
    else
      "${cfg.package}/bin/gh auth git-credential";

  hostsFile = "${config.xdg.configHome}/gh/hosts.yml";

  settingsType = types.submodule {
    freeformType = yamlFormat.type;

    # Declared so that the options of earlier releases can be renamed to them.
    options = {
      aliases = mkOption {
        type = types.attrsOf types.str;
        default = { };
        example.co = "pr checkout";
        description = "Commands by the name of their alias.";
      };

      editor = mkOption {
        type = types.str;
        default = "";
        description = "Editor of gh; the one of the environment if empty.";
      };

      git_protocol = mkOption {
        type = types.str;
        default = "https";
        example = "ssh";
        description = "Protocol of Git operations.";
      };
    };
  };

  renamed =
    from: to:
    lib.mkRenamedOptionModule [ "programs" "gh" from ] (
      [
        "programs"
        "gh"
      ]
      ++ to
    );
in
{
  imports = [
    (renamed "aliases" [
      "settings"
      "aliases"
    ])
    (renamed "editor" [
      "settings"
      "editor"
    ])
    (renamed "gitProtocol" [
      "settings"
      "git_protocol"
    ])
    (renamed "enableGitCredentialHelper" [
      "gitCredentialHelper"
      "enable"
    ])
  ];

  options.programs.gh = {
    enable = lib.mkEnableOption "gh, GitHub's command line program";

    package = lib.hm.options.packageOption pkgs "gh" { nullable = true; };

    settings = mkOption {
      type = settingsType;
      default = { };
      example.git_protocol = "ssh";
      description = "Contents of {file}`$XDG_CONFIG_HOME/gh/config.yml`.";
    };

    hosts = mkOption {
      inherit (yamlFormat) type;
      default = { };
      example."github.com".user = "alice";
      description = "Contents of {file}`$XDG_CONFIG_HOME/gh/hosts.yml`.";
    };

    gitCredentialHelper = {
      enable = lib.mkEnableOption "passing gh's credentials to git" // {
        default = true;
      };

      hosts = mkOption {
        type = types.listOf types.str;
        default = [
          "https://github.com"
          "https://gist.github.com"
        ];
        description = "Hosts whose credentials gh has.";
      };
    };

    extensions = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.gh-eco ]";
      description = "Extensions to install.";
    };
  };

  config = mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    xdg.configFile = {
      "gh/config.yml".source = yamlFormat.generate "gh-config.yml" ({ version = "1"; } // cfg.settings);

      "gh/hosts.yml" = mkIf (cfg.hosts != { }) {
        source = yamlFormat.generate "gh-hosts.yml" cfg.hosts;
      };
    };

    xdg.dataFile."gh/extensions" = mkIf (cfg.extensions != [ ]) {
      source = pkgs.linkFarm "gh-extensions" (
        map (extension: {
          name = extension.pname;
          path = "${extension}/bin";
        }) cfg.extensions
      );
    };

    programs.git.settings.credential = mkIf cfg.gitCredentialHelper.enable (
      lib.genAttrs cfg.gitCredentialHelper.hosts (_host: {
        # The empty one drops the helpers of other configuration files.
        helper = [
          ""
          credentialHelper
        ];
      })
    );

    # gh 2.40 changed the format of the accounts. Any command migrates them, as long as the
    # configuration does not yet claim, by its version, that it was done.
    home.activation.migrateGhAccounts =
      lib.hm.dag.entryBetween [ "linkGeneration" ] [ "writeBoundary" ]
        ''
          if [[ ! -L "${hostsFile}" && -f "${hostsFile}" && $(grep --invert-match --quiet '^version:' ${hostsFile}) ]]; then
            (
              TMP_DIR=$(mktemp -d)
              trap "rm --force --recursive $TMP_DIR" EXIT
              cp "${hostsFile}" $TMP_DIR/
              export GH_CONFIG_DIR=$TMP_DIR
              run --silence ${gh} help
              cp $TMP_DIR/hosts.yml "${hostsFile}"
            )
          fi
        '';
  };
}
