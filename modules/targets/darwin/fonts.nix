# Fonts, of which macOS does not follow links.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  directory = "${config.home.homeDirectory}/Library/Fonts/HomeManager";

  fonts = pkgs.buildEnv {
    name = "home-manager-fonts";
    paths = config.home.packages;
    pathsToLink = [ "/share/fonts" ];
  };
in
{
  config = lib.mkIf pkgs.stdenv.hostPlatform.isDarwin {
    home.file."Library/Fonts/.home-manager-fonts-version" = {
      text = "${fonts}";
      onChange = ''
        run mkdir -p ${lib.escapeShellArg directory}
        run ${lib.hm.options.binPath (pkgs.rsync or null) "rsync"} $VERBOSE_ARG -acL --chmod=u+w --delete \
          ${
            lib.escapeShellArgs [
              "${fonts}/share/fonts/"
              directory
            ]
          }
      '';
    };
  };
}
