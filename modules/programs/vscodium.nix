import ./vscode/editor.nix {
  module = "vscodium";
  title = "VSCodium";
  settingsName = "VSCodium";
  dataDirectory = ".vscode-oss";
}
