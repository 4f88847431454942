# The caches that desktops find types of files and their programs by.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.xdg.mime;

  # The program that runs while building, should it be another one.
  forBuild = package: package.__spliced.buildHost or package;

  # Two packages that have a directory make it a real one, to which can be written.
  placeholder =
    number:
    pkgs.runCommandLocal "dummy-xdg-mime-dirs${toString number}" { } ''
      mkdir -p $out/share/{applications,mime/packages}
    '';

  hasMime = cfg.sharedMimeInfoPackage != null;
  hasDesktopFiles = cfg.desktopFileUtilsPackage != null;
in
{
  options.xdg.mime = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = pkgs.stdenv.hostPlatform.isLinux;
      defaultText = lib.literalExpression "pkgs.stdenv.hostPlatform.isLinux";
      description = ''
        Whether to install the database of file types, and to index it and the desktop files of
        all packages.
      '';
    };

    sharedMimeInfoPackage = lib.hm.options.packageOption pkgs "shared-mime-info" {
      nullable = true;
      extraDescription = "It has {command}`update-mime-database`.";
    };

    desktopFileUtilsPackage = lib.hm.options.packageOption pkgs "desktop-file-utils" {
      nullable = true;
      extraDescription = "It has {command}`update-desktop-database`.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "xdg.mime" pkgs lib.platforms.linux)
    ];

    home.packages =
      lib.optional hasMime cfg.sharedMimeInfoPackage
      ++ lib.optionals (hasMime || hasDesktopFiles) [
        (placeholder 1)
        (placeholder 2)
      ];

    home.extraProfileCommands =
      lib.optionalString hasMime ''
        if [[ -w $out/share/mime && -w $out/share/mime/packages && -d $out/share/mime/packages ]]; then
          XDG_DATA_DIRS=$out/share PKGSYSTEM_ENABLE_FSYNC=0 \
            ${lib.getExe (forBuild cfg.sharedMimeInfoPackage)} -V $out/share/mime > /dev/null
        fi
      ''
      + lib.optionalString hasDesktopFiles ''
        if [[ -w $out/share/applications ]]; then
          ${
            lib.getExe' (forBuild cfg.desktopFileUtilsPackage) "update-desktop-database"
          } $out/share/applications
        fi
      '';
  };
}
