# Haskell in Visual Studio Code.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.programs.vscode.haskell;

  overlay = ''
    nixpkgs.overlays = [
      (self: super: { hie-nix = import ~/src/hie-nix {}; })
    ]
  '';

  hies =
    (pkgs.hie-nix or (abort ''
      vscode.haskell: pkgs.hie-nix missing. Please add an overlay such as:
      ${overlay}
    '')).hies;
in
{
  options.programs.vscode.haskell = {
    enable = lib.mkEnableOption "Haskell in Visual Studio Code";

    hie.enable = lib.hm.options.option lib.types.bool true "Whether to use Haskell IDE Engine.";

    hie.executablePath = lib.mkOption {
      type = lib.types.path;
      default = hies + "/bin/hie-wrapper";
      defaultText = lib.literalExpression ''"''${pkgs.hie-nix.hies}/bin/hie-wrapper"'';
      example = lib.literalExpression ''(import ~/src/haskell-ide-engine {}).hies + "/bin/hie-wrapper"'';
      description = ''
        The program of Haskell IDE Engine. nixpkgs does not have it, so that there must be an overlay
        if this is not set, such as:

        ```nix
        ${overlay}
        ```
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    programs.vscode.profiles.default = {
      userSettings = lib.mkIf cfg.hie.enable {
        "languageServerHaskell.enableHIE" = true;
        "languageServerHaskell.hieExecutablePath" = cfg.hie.executablePath;
      };
      extensions = [
        pkgs.vscode-extensions.justusadam.language-haskell
      ]
      ++ lib.optional cfg.hie.enable pkgs.vscode-extensions.alanz.vscode-hie-server;
    };
  };
}
