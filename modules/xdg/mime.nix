# The database of file types of the installed packages.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.xdg.mime;
  forBuild = package: package.__spliced.buildHost or package;
  complete = cfg.sharedMimeInfoPackage != null && cfg.desktopFileUtilsPackage != null;

  # Two packages with these directories make them real ones in the environment, so that files can
  # be added.
  directories =
    number:
    pkgs.runCommandLocal "dummy-xdg-mime-dirs${toString number}" { } ''
      mkdir -p $out/share/{applications,mime/packages}
    '';
in
{
  options.xdg.mime = {
    enable = lib.mkOption {
      type = lib.types.bool;
      # Without packages there is nothing to make a database of.
      default = pkgs.stdenv.hostPlatform.isLinux && !(pkgs.isHomeManagerEmbedded or false);
      defaultText = lib.literalExpression "true on Linux, where there are packages";
      description = "Whether the file types and applications of installed packages are known.";
    };
    sharedMimeInfoPackage = lib.hm.options.packageOption pkgs "shared-mime-info" { nullable = true; };
    desktopFileUtilsPackage = lib.hm.options.packageOption pkgs "desktop-file-utils" {
      nullable = true;
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [ (lib.hm.assertions.assertPlatform "xdg.mime" pkgs lib.platforms.linux) ];

    home.packages =
      lib.optional (cfg.sharedMimeInfoPackage != null) cfg.sharedMimeInfoPackage
      ++ map directories [
        1
        2
      ];

    home.extraProfileCommands = lib.mkIf complete ''
      if [[ -w $out/share/mime && -w $out/share/mime/packages && -d $out/share/mime/packages ]]; then
        XDG_DATA_DIRS=$out/share PKGSYSTEM_ENABLE_FSYNC=0 \
          ${lib.getExe (forBuild cfg.sharedMimeInfoPackage)} -V $out/share/mime > /dev/null
      fi
      if [[ -w $out/share/applications ]]; then
        ${lib.getExe' (forBuild cfg.desktopFileUtilsPackage) "update-desktop-database"} $out/share/applications
      fi
    '';
  };
}
