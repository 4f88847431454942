import ./vscode/editor.nix {
  module = "antigravity";
  title = "Antigravity";
  settingsName = "Antigravity";
  dataDirectory = ".antigravity";

  # Its own versions count from 1.0.
  skipVersionCheck = true;
}
