{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  configuration = types.submodule { options = import ./options.nix { inherit lib option types; }; };

  # Kakoune finds plugins beside itself.
  withPlugins = pkgs.wrapKakoune cfg.package { configure = { inherit (cfg) plugins; }; };
in
{
  title = "Kakoune, a text editor with modes";
  docs = "https://github.com/mawww/kakoune/tree/master/doc/pages";
  package = "kakoune-unwrapped";
  installed = cfg.finalPackage;

  options = {
    finalPackage = lib.mkOption {
      type = types.nullOr types.package;
      readOnly = true;
      description = "Kakoune with its plugins.";
    };

    config = option (types.nullOr configuration) { } "Configuration of Kakoune, part of {file}`$XDG_CONFIG_HOME/kak/kakrc`.";

    defaultEditor = option types.bool false "Whether EDITOR and VISUAL name Kakoune.";

    extraConfig = option types.lines "" "Lines at the end of {file}`$XDG_CONFIG_HOME/kak/kakrc`.";

    plugins = option (types.listOf types.package) [ ] "Plugins." // {
      example = lib.literalExpression "[ pkgs.kakounePlugins.kak-fzf ]";
    };

    colorSchemePackage = option (types.nullOr types.package) null "A package with color schemes." // {
      example = lib.literalExpression "pkgs.kakounePlugins.kakoune-catppuccin";
    };
  };

  config = {
    warnings = lib.optional (cfg.package == null && cfg.plugins != [ ]) ''
      You have configured `plugins` for `kakoune` but have not set `package`.

      The listed plugins will not be installed.
    '';

    programs.kakoune.finalPackage = lib.mkIf (cfg.package != null) withPlugins;

    home.sessionVariables = lib.mkIf cfg.defaultEditor {
      EDITOR = "kak";
      VISUAL = "kak";
    };

    xdg.configFile = {
      "kak/kakrc".source = pkgs.writeText "kakrc" (
        lib.optionalString (cfg.config != null) (import ./kakrc.nix { inherit lib; } cfg.config)
        + "\n"
        + cfg.extraConfig
      );
    }
    // lib.optionalAttrs (cfg.colorSchemePackage != null) {
      "kak/colors/${cfg.colorSchemePackage.name}".source = cfg.colorSchemePackage;
    };
  };
}
