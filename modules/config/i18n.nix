# The locales that the C library of nixpkgs finds, which is not where others look.
{
  config,
  lib,
  nixosConfig,
  pkgs,
  ...
}:

let
  cfg = config.i18n;

  # The variable has the version of the library that changed the format.
  variable =
    if lib.versionAtLeast cfg.glibcLocales.version "2.27" then
      "LOCALE_ARCHIVE_2_27"
    else
      "LOCALE_ARCHIVE_2_11";

  variables.${variable} = "${cfg.glibcLocales}/lib/locale/locale-archive";

  isEmbedded = pkgs.isHomeManagerEmbedded or false;
in
{
  options.i18n.glibcLocales = lib.mkOption {
    type = (if isEmbedded then lib.types.nullOr else lib.id) lib.types.path;
    default = nixosConfig.i18n.glibcLocales or (if isEmbedded then null else pkgs.glibcLocales);
    defaultText = lib.literalExpression "nixosConfig.i18n.glibcLocales or pkgs.glibcLocales";
    example = lib.literalExpression ''
      pkgs.glibcLocales.override {
        allLocales = false;
        locales = [ "en_GB.UTF-8/UTF-8" ];
      }
    '';
    description = "The package with the locales that programs of nixpkgs use. Linux only.";
  };

  config = lib.mkIf (pkgs.stdenv.hostPlatform.isLinux && cfg.glibcLocales != null) {
    home.sessionVariables = variables;
    systemd.user.sessionVariables = variables;
  };
}
