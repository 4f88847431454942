# Plugins that antidote installs.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib.hm.options) option;

  cfg = config.programs.zsh.antidote;

  pluginsFile = pkgs.writeText "hm_antidote-files" (
    lib.concatMapStrings (plugin: "${plugin}\n") cfg.plugins
  );

  # Another list has another file of what antidote makes of it.
  hash = lib.head (builtins.match "${builtins.storeDir}/([a-zA-Z0-9]+)-.*" "${pluginsFile}");
in
{
  options.programs.zsh.antidote = {
    enable = lib.mkEnableOption "antidote, which installs plugins of zsh";

    plugins = option (lib.types.listOf lib.types.str) [ ] "Plugins, as lines of antidote's file. See <https://antidote.sh/usage>." // {
      example = [ "zsh-users/zsh-autosuggestions" ];
    };

    useFriendlyNames = lib.mkEnableOption "directories that have the names of plugins";

    package = lib.hm.options.packageOption pkgs "antidote" { nullable = true; };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.mkIf (cfg.package != null) [ cfg.package ];

    programs.zsh.initContent = lib.mkOrder 550 ''
      ## home-manager/antidote begin :
      source ${lib.escapeShellArg (lib.hm.options.installPrefix cfg.package)}/share/antidote/antidote.zsh
      ${lib.optionalString cfg.useFriendlyNames "zstyle ':antidote:bundle' use-friendly-names 'yes'"}

      bundlefile=${lib.escapeShellArg pluginsFile}
      zstyle ':antidote:bundle' file $bundlefile
      staticfile=/tmp/tmp_hm_zsh_plugins.zsh-${lib.escapeShellArg hash}
      zstyle ':antidote:static' file $staticfile

      antidote load $bundlefile $staticfile

      ## home-manager/antidote end
    '';
  };
}
