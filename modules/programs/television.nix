{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  toml = pkgs.formats.toml { };
  share = "${lib.hm.options.installPrefix cfg.package}/share/television";

  completion = shell: "source ${share}/completion.${shell}\n";
in
{
  title = "television, which finds anything";
  docs = "https://alexpasmantier.github.io/television/docs/";
  installed = lib.hm.programs.withPrograms pkgs cfg.package "tv" cfg.extraPackages;

  files.settings = {
    format = "toml";
    storeName = "config.toml";
    xdg = "television/config.toml";
    example.ui.use_nerd_font_icons = true;
  };

  shells = {
    bash = completion "bash";
    zsh = completion "zsh";
    fish = completion "fish";
    nushell = lib.removeSuffix "\n" (completion "nu");
  };

  options = {
    extraPackages =
      option (types.listOf types.package)
        (lib.filter (package: package != null) [
          (pkgs.fd or null)
          (pkgs.bat or null)
          (pkgs.ripgrep or null)
        ])
        "Packages that channels can call."
      // {
        defaultText = lib.literalExpression "with pkgs; [ fd bat ripgrep ]";
        example = lib.literalExpression "[ pkgs.eza ]";
      };

    channels = option (types.attrsOf toml.type) { } "Channels by name. See <https://alexpasmantier.github.io/television/docs/Users/channels/>." // {
      example.git-diff = {
        metadata.name = "git-diff";
        source.command = "git diff --name-only HEAD";
      };
    };

    themes =
      option (types.attrsOf (
        types.oneOf [
          toml.type
          types.lines
          types.path
        ]
      )) { } "Themes by name: contents or files. See <https://alexpasmantier.github.io/television/docs/Users/themes/>."
      // {
        example.mine.border_fg = "bright-black";
      };
  };

  config.xdg.configFile =
    lib.hm.files.inDirectory "television/cable" ".toml" (name: channel: {
      source = toml.generate "television-${name}-channels" channel;
    }) cfg.channels
    // lib.hm.files.inDirectory "television/themes" ".toml" (name: theme: {
      source =
        if lib.isString theme then
          pkgs.writeText "television-theme-${name}" theme
        else
          lib.hm.files.fileOf pkgs toml.generate "television-theme-${name}" theme;
    }) cfg.themes;
}
