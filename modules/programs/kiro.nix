import ./vscode/editor.nix {
  module = "kiro";
  title = "Kiro";
  settingsName = "Kiro";
  dataDirectory = ".kiro";
}
