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

  # Lower than any other, but for the default of an option: so that it can be told that
  # nobody else set it.
  automaticPriority = 1490;

  formerlyInGit =
    let
      option = options.programs.git.difftastic.enable or { isDefined = false; };
    in
    option.isDefined && option.files != [ ];

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

    warnings = lib.optional (
      cfg.git.enable && options.programs.difftastic.git.enable.highestPrio == automaticPriority
    ) "`programs.difftastic.git.enable` automatic enablement is deprecated. Please explicitly set `programs.difftastic.git.enable = true`.";

    programs = {
      difftastic.git.enable = mkIf formerlyInGit (lib.mkOverride automaticPriority true);

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
