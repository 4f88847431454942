# Where programs of nixpkgs find the locales.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  package = config.i18n.glibcLocales;
  archive = "${package}/lib/locale/locale-archive";
  version = package.version or "2.27";

  # The variable carries the first version of the library that reads this kind of archive.
  variables =
    if lib.versionAtLeast version "2.27" then
      { LOCALE_ARCHIVE_2_27 = archive; }
    else if lib.versionAtLeast version "2.11" then
      { LOCALE_ARCHIVE_2_11 = archive; }
    else
      { };
in
{
  options.i18n.glibcLocales = lib.mkOption {
    type = lib.types.nullOr lib.types.path;
    default = config._module.args.nixosConfig.i18n.glibcLocales or pkgs.glibcLocales or null;
    defaultText = lib.literalExpression "pkgs.glibcLocales";
    description = "The locales that programs of nixpkgs use; null: they find the system's.";
  };

  config = lib.mkIf (pkgs.stdenv.hostPlatform.isLinux && package != null) {
    home.sessionVariables = variables;
    systemd.user.sessionVariables = variables;
  };
}
