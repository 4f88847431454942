{ config, lib, ... }:

let
  cfg = config.programs.vscode;

  # Editors made of it have modules of their own, for they have directories of their own.
  others = {
    antigravity = "antigravity";
    code-cursor = "cursor";
    kiro = "kiro";
    vscodium = "vscodium";
    windsurf = "windsurf";
  };

  other = others.${cfg.package.pname or ""} or null;

  # Before there were profiles.
  movedToProfile =
    option:
    lib.mkRenamedOptionModule
      [
        "programs"
        "vscode"
        option
      ]
      [
        "programs"
        "vscode"
        "profiles"
        "default"
        option
      ];
in
{
  imports = [
    ./haskell.nix

    (import ./editor.nix {
      module = "vscode";
      title = "Visual Studio Code";
      settingsName = "Code";
      dataDirectory = ".vscode";
    })

    (lib.mkChangedOptionModule
      [
        "programs"
        "vscode"
        "immutableExtensionsDir"
      ]
      [
        "programs"
        "vscode"
        "mutableExtensionsDir"
      ]
      (config: !config.programs.vscode.immutableExtensionsDir)
    )

    (lib.mkRemovedOptionModule
      [
        "programs"
        "vscode"
        "pname"
      ]
      ''
        The programs.vscode.pname option has been removed. Each VSCode fork
        now has its own dedicated module (programs.vscodium, programs.cursor,
        programs.windsurf, programs.kiro, programs.antigravity). Please switch
        to the module corresponding to your fork instead of setting
        programs.vscode.package to a fork package.
      ''
    )
  ]
  ++ map movedToProfile [
    "enableExtensionUpdateCheck"
    "enableUpdateCheck"
    "extensions"
    "globalSnippets"
    "keybindings"
    "languageSnippets"
    "userMcp"
    "userSettings"
    "userTasks"
  ];

  config = lib.mkIf cfg.enable {
    warnings = lib.optional (other != null) ''
      programs.vscode.package is set to a known VSCode fork (pname: "${cfg.package.pname}"),
      but programs.vscode now always writes to Visual Studio Code's paths
      (e.g. ~/.vscode, "Code/User"). Use programs.${other} instead so that
      configuration is written to the fork's own paths.
    '';
  };
}
