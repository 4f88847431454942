# The packages that platform themes and styles of Qt come with.
pkgs:

{
  platforms = with pkgs; {
    adwaita = [
      qadwaitadecorations
      qadwaitadecorations-qt6
    ];
    gnome = [
      qgnomeplatform
      qgnomeplatform-qt6
    ];
    gtk2 = [
      libsForQt5.qtstyleplugins
      qt6Packages.qt6gtk2
    ];
    kde = [
      kdePackages.kio
      kdePackages.plasma-integration
      kdePackages.systemsettings
    ];
    lxqt = [
      lxqt.lxqt-qtplugin
      lxqt.lxqt-config
    ];
    qtct = [
      libsForQt5.qt5ct
      qt6Packages.qt6ct
    ];
  };

  styles =
    let
      adwaita = [
        pkgs.adwaita-qt
        pkgs.adwaita-qt6
      ];
      old = pkgs.libsForQt5.qtstyleplugins;
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

      breeze = [
        pkgs.kdePackages.breeze
        pkgs.kdePackages.breeze.qt5
      ];
      gtk2 = [
        old
        pkgs.qt6Packages.qt6gtk2
      ];
      kvantum = [
        pkgs.libsForQt5.qtstyleplugin-kvantum
        pkgs.qt6Packages.qtstyleplugin-kvantum
      ];
    };
}
