import ./vscode/editor.nix {
  module = "windsurf";
  title = "Windsurf";
  settingsName = "Windsurf";
  dataDirectory = ".windsurf";
}
