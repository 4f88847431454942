{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) programPath';

  cfg = config.programs.diff-so-fancy;

  package = pkgs.diff-so-fancy or null;
  diffSoFancy = programPath' package "diff-so-fancy";
  less = programPath' (pkgs.less or null) "less";

  former = import ../lib/former-git-option.nix {
    inherit lib options;
    name = "diff-so-fancy";
  };

  formerSettings = [
    "markEmptyLines"
    "changeHunkIndicators"
    "stripLeadingSymbols"
    "useUnicodeRuler"
    "rulerWidth"
  ];

  renamed =
    from: to:
    lib.mkRenamedOptionModule from (
      [
        "programs"
        "diff-so-fancy"
      ]
      ++ to
    );
in
{
  imports =
    map
      (
        name:
        renamed [
          "programs"
          "git"
          "diff-so-fancy"
          name
        ] [ name ]
      )
      [
        "enable"
        "pagerOpts"
      ]
    ++ lib.concatMap
      (
        prefix:
        map (
          name:
          renamed (prefix ++ [ name ]) [
            "settings"
            name
          ]
        ) formerSettings
      )
      [
        [
          "programs"
          "diff-so-fancy"
        ]
        [
          "programs"
          "git"
          "diff-so-fancy"
        ]
      ];

  options.programs.diff-so-fancy = {
    enable = lib.mkEnableOption "diff-so-fancy, a viewer for differences";

    pagerOpts = mkOption {
      type = types.listOf types.str;
      default = [
        "--tabs=4"
        "-RFX"
      ];
      description = "Command line options of the pager less.";
    };

    settings = mkOption {
      type = types.attrsOf (
        types.oneOf [
          types.str
          types.bool
          types.int
        ]
      );
      default = { };
      example.rulerWidth = 80;
      description = "Settings of diff-so-fancy.";
    };

    enableGitIntegration = mkOption {
      type = types.bool;
      default = false;
      description = "Whether git shows differences with it.";
    };
  };

  config = mkIf cfg.enable {
    home.packages = lib.optional (package != null) package;

    warnings = lib.optionals cfg.enableGitIntegration former.warnings;

    programs.diff-so-fancy.enableGitIntegration = former.integration;

    programs.git = mkIf cfg.enableGitIntegration {
      enable = lib.mkDefault true;
      iniContent =
        lib.hm.git.diffPagerConfig "${diffSoFancy} | ${less} ${lib.escapeShellArgs cfg.pagerOpts}"
        // {
          interactive.diffFilter = "${diffSoFancy} --patch";
          diff-so-fancy = cfg.settings;
        };
    };
  };
}
