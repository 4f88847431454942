import ./vscode/editor.nix {
  module = "cursor";
  title = "Cursor";
  package = "code-cursor";
  settingsName = "Cursor";
  dataDirectory = ".cursor";
}
