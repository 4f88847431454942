# The packages that platform themes and styles of Qt come with, as far as the package set has them:
# the distribution has the others.
{ lib, pkgs }:

let
  packages =
    paths:
    lib.concatMap (
      name:
      let
        path = lib.splitString "." name;
      in
      lib.optional (lib.hasAttrByPath path pkgs) (lib.getAttrFromPath path pkgs)
    ) paths;
in
{
  platforms = lib.mapAttrs (_name: packages) {
    adwaita = [
      "qadwaitadecorations"
      "qadwaitadecorations-qt6"
    ];
    gnome = [
      "qgnomeplatform"
      "qgnomeplatform-qt6"
    ];
    gtk2 = [
      "libsForQt5.qtstyleplugins"
      "qt6Packages.qt6gtk2"
    ];
    kde = [
      "kdePackages.kio"
      "kdePackages.plasma-integration"
      "kdePackages.systemsettings"
    ];
    lxqt = [
      "lxqt.lxqt-qtplugin"
      "lxqt.lxqt-config"
    ];
    qtct = [
      "libsForQt5.qt5ct"
      "qt6Packages.qt6ct"
    ];
  };

  styles =
    let
      adwaita = packages [
        "adwaita-qt"
        "adwaita-qt6"
      ];
      old = packages [ "libsForQt5.qtstyleplugins" ];
    in
    {
      inherit adwaita;
      adwaita-dark = adwaita;
      adwaita-highcontrast = adwaita;
      adwaita-highcontrastinverse = adwaita;

      bb10bright = old;
      bb10dark = old;
      cde = old;
      cleanlooks = old;
      motif = old;
      plastique = old;

      breeze = packages [
        "kdePackages.breeze"
        "kdePackages.breeze.qt5"
      ];
      gtk2 = old ++ packages [ "qt6Packages.qt6gtk2" ];
      kvantum = packages [
        "libsForQt5.qtstyleplugin-kvantum"
        "qt6Packages.qtstyleplugin-kvantum"
      ];
    };
}
