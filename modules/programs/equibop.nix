import ./vesktop/mkVesktopLikeModule.nix {
  moduleName = "equibop";
  cordModuleName = "equicord";
  settingsLink = "https://github.com/Equicord/Equibop/blob/main/src/shared/settings.d.ts";
  cordSettingsLink = "https://github.com/Equicord/Equicord/blob/main/src/api/Settings.ts";
  installPackage = true;
}
