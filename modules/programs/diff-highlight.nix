{
  cfg,
  config,
  lib,
  option,
  options,
  pkgs,
  types,
  ...
}:

let
  git = config.programs.git.package;
  command = "${lib.hm.options.installPrefix git}/share/git/contrib/diff-highlight/diff-highlight";

  former = lib.attrByPath [ "programs" "git" "diff-highlight" "enable" ] null options;
  isFormer = former != null && former.isDefined && former.files != [ ];

  # The priority by which the former option enables the integration.
  formerPriority = 1490;

  moved =
    name:
    lib.mkRenamedOptionModule
      [
        "programs"
        "git"
        "diff-highlight"
        name
      ]
      [
        "programs"
        "diff-highlight"
        name
      ];
in
{
  title = "diff-highlight, which marks the words that differ";
  docs = "https://github.com/git/git/tree/master/contrib/diff-highlight";
  package = null;

  imports = [
    (moved "enable")
    (moved "pagerOpts")
  ];

  options = {
    pagerOpts = option (types.listOf types.str) [ ] "Arguments of less." // {
      example = [
        "--tabs=4"
        "-RFX"
      ];
    };

    enableGitIntegration = option types.bool false "Whether git shows differences with it.";
  };

  config = {
    assertions = [
      {
        assertion = !cfg.enableGitIntegration || git != null;
        message = ''
          programs.diff-highlight.enableGitIntegration requires programs.git.package to be set.
          Please set programs.git.package to a valid git package.
        '';
      }
    ];

    warnings =
      lib.optional
        (
          cfg.enableGitIntegration
          && options.programs.diff-highlight.enableGitIntegration.highestPrio == formerPriority
        )
        "`programs.diff-highlight.enableGitIntegration` automatic enablement is deprecated. Please explicitly set `programs.diff-highlight.enableGitIntegration = true`.";

    programs.diff-highlight.enableGitIntegration = lib.mkIf isFormer (
      lib.mkOverride formerPriority true
    );

    programs.git = lib.mkIf (cfg.enableGitIntegration && git != null) {
      enable = lib.mkDefault true;
      iniContent =
        lib.hm.git.diffPagerConfig "${command} | ${lib.hm.options.tool pkgs "less" "less"} ${lib.escapeShellArgs cfg.pagerOpts}"
        // {
          interactive.diffFilter = command;
        };
    };
  };
}
