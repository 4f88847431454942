{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.programs.difftastic;

  difft = lib.hm.options.programPath cfg.package "difft";
  gitCommand = "${difft} ${lib.cli.toCommandLineShellGNU { } cfg.options}";

  isMode = names: lib.elem cfg.git.mode (names ++ [ "both" ]);

  former = import ../lib/former-git-option.nix {
    inherit lib options;
    name = "difftastic";
    integration = [
      "git"
      "enable"
    ];
  };

  value = types.oneOf [
    types.str
    types.int
    types.bool
  ];

  formerPath = name: [
    "programs"
    "git"
    "difftastic"
    name
  ];

  renamed =
    name:
    lib.mkRenamedOptionModule (formerPath name) [
      "programs"
      "difftastic"
      name
    ];

  # These were options of git's own, and are settings here.
  modeOf = flag: if flag then "both" else "external";
  mode = [
    "programs"
    "difftastic"
    "git"
    "mode"
  ];
in
{
  imports = [
    (renamed "enable")
    (renamed "package")
    (lib.mkChangedOptionModule (formerPath "enableAsDifftool") mode (
      config: modeOf config.programs.git.difftastic.enableAsDifftool
    ))
    (lib.mkChangedOptionModule [ "programs" "difftastic" "git" "diffToolMode" ] mode (
      config: modeOf config.programs.difftastic.git.diffToolMode
    ))
    (renamed "options")
  ]
  ++ map
    (
      name: lib.mkRenamedOptionModule (formerPath name) [ "programs" "git" "difftastic" "options" name ]
    )
    [
      "background"
      "color"
      "context"
      "display"
    ]
  ++ [
    (lib.mkRemovedOptionModule (formerPath "extraArgs") ''
      'programs.git.difftastic.extraArgs' has been replaced by 'programs.git.difftastic.options'
    '')
  ];

  options.programs.difftastic = {
    enable = lib.mkEnableOption "difftastic, which compares syntax";

    package = lib.hm.options.packageOption pkgs "difftastic" { nullable = true; };

    options = mkOption {
      type = types.attrsOf (types.either value (types.listOf value));
      default = { };
      example.color = "always";
      description = "Command line options.";
    };

    git = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether git shows differences with it.";
      };

      mode = mkOption {
        type = types.enum [
          "external"
          "difftool"
          "both"
        ];
        default = "external";
        description = "Whether {command}`git diff` uses it, {command}`git difftool`, or both.";
      };
    };

    jujutsu.enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether jujutsu shows differences with it.";
    };
  };

  config = mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    warnings = lib.optionals cfg.git.enable former.warnings;

    programs = {
      difftastic.git.enable = former.integration;

      git = mkIf cfg.git.enable {
        enable = lib.mkDefault true;
        iniContent = {
          diff.external = mkIf (isMode [ "external" ]) gitCommand;
          diff.tool = mkIf (isMode [ "difftool" ]) (lib.mkDefault "difftastic");
          difftool = mkIf (isMode [ "difftool" ]) {
            difftastic.cmd = "${gitCommand} $LOCAL $REMOTE";
          };
        };
      };

      jujutsu.settings = mkIf cfg.jujutsu.enable {
        ui.diff-formatter =
          [ difft ]
          ++ lib.cli.toCommandLineGNU { } (
            cfg.options
            // {
              color = "always";
              sort-paths = true;
            }
          )
          ++ [
            "$left"
            "$right"
          ];
      };
    };
  };
}
