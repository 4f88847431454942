{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.programs.jujutsu;
  emacs = config.programs.emacs or { enable = false; };

  tomlFormat = pkgs.formats.toml { };

  # On macOS it has used XDG's directories since 0.29.
  configHome =
    if
      pkgs.stdenv.hostPlatform.isDarwin
      && cfg.package != null
      && lib.versionOlder (lib.getVersion cfg.package) "0.29.0"
    then
      "Library/Application Support"
    else
      config.xdg.configHome;

  ediff = pkgs.writeShellScriptBin "emacs-ediff" ''
    set -euxo pipefail
    ${emacs.package}/bin/emacsclient -c --eval "(ediff-merge-files-with-ancestor \"$1\" \"$2\" \"$3\" nil \"$4\")"
  '';
in
{
  imports =
    map
      (
        shell:
        lib.mkRemovedOptionModule [
          "programs"
          "jujutsu"
          "enable${shell}Integration"
        ] "This option is no longer necessary."
      )
      [
        "Bash"
        "Fish"
        "Zsh"
      ];

  options.programs.jujutsu = {
    enable = lib.mkEnableOption "the version control system jujutsu";

    package = lib.hm.options.packageOption pkgs "jujutsu" { nullable = true; };

    ediff = mkOption {
      type = types.bool;
      default = emacs.enable;
      defaultText = lib.literalExpression "config.programs.emacs.enable";
      description = "Whether Emacs merges.";
    };

    settings = mkOption {
      inherit (tomlFormat) type;
      default = { };
      example.user.name = "Alice";
      description = "Contents of {file}`$XDG_CONFIG_HOME/jj/config.toml`.";
    };
  };

  config = mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    programs.jujutsu.settings = mkIf cfg.ediff {
      merge-tools.ediff = {
        program = lib.getExe ediff;
        merge-args = [
          "$left"
          "$right"
          "$base"
          "$output"
        ];
      };
    };

    home.file."${configHome}/jj/config.toml" = mkIf (cfg.settings != { }) {
      source = tomlFormat.generate "jujutsu-config" cfg.settings;
    };
  };
}
