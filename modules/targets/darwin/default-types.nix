# The settings of macOS that have options; others are of any type.
{ lib }:

let
  inherit (lib) types;

  maybe = type: description: lib.mkOption {
    type = types.nullOr type;
    default = null;
    inherit description;
  };

  # A switch, by what is on.
  switch = what: maybe types.bool "Whether to enable ${what}." // { example = true; };

  bool = description: maybe types.bool description;

  freeformType = types.attrsOf (types.attrsOf types.anything);
in
{
  thisHost = types.submodule {
    inherit freeformType;
    options."com.apple.controlcenter".BatteryShowPercentage = bool "Whether the menu bar shows how full the battery is." // {
      example = true;
    };
  };

  everywhere = types.submodule (
    { config, ... }:
    {
      inherit freeformType;

      options = {
        NSGlobalDomain = {
          AppleLanguages = maybe (types.listOf types.str) "The languages, the preferred one first." // {
            example = [ "en" ];
          };
          AppleLocale = maybe types.str "The locale." // { example = "en_US"; };
          AppleMeasurementUnits = maybe (types.enum [
            "Centimeters"
            "Inches"
          ]) "The unit of lengths." // { example = "Centimeters"; };
          ApplePressAndHoldEnabled = bool "Whether a key that is held shows accents, and does not repeat." // { example = true; };
          AppleShowAllExtensions = bool "Whether Finder shows the extensions of all files." // { example = true; };
          AppleTemperatureUnit = maybe (types.enum [
            "Celsius"
            "Fahrenheit"
          ]) "The unit of temperatures." // { example = "Celsius"; };
          AppleMetricUnits = switch "the metric system";
          KeyRepeat = maybe types.int "How long a key takes to repeat, in steps of 15 milliseconds." // { example = 2; };
          NSAutomaticCapitalizationEnabled = switch "capitals at the beginning of sentences";
          NSAutomaticDashSubstitutionEnabled = switch "dashes for hyphens";
          NSAutomaticPeriodSubstitutionEnabled = switch "a full stop for two spaces";
          NSAutomaticQuoteSubstitutionEnabled = switch "typographic quotes";
          NSAutomaticSpellingCorrectionEnabled = switch "the correction of spelling";
        };

        "com.apple.desktopservices" = {
          DSDontWriteNetworkStores = bool "Whether there are no {file}`.DS_Store` on drives of the network." // { example = false; };
          DSDontWriteUSBStores = bool "Whether there are no {file}`.DS_Store` on drives of USB." // { example = false; };
        };

        "com.apple.dock" = {
          autohide = bool "Whether the Dock hides itself." // { example = true; };
          expose-group-apps = switch "groups of windows by application in Mission Control";
          orientation = maybe (types.enum [
            "left"
            "bottom"
            "right"
          ]) "Where the Dock is." // { example = "left"; };
          size-immutable = switch "a fixed size of the Dock";
          tilesize = maybe types.int "The size of icons in the Dock, in pixels." // { example = 64; };
        };

        "com.apple.finder" = {
          AppleShowAllFiles = bool "Whether Finder shows hidden files." // { example = true; };
          FXRemoveOldTrashItems = bool "Whether files are deleted after 30 days in the bin." // { example = true; };
          ShowPathBar = bool "Whether Finder shows the path at the bottom." // { example = true; };
          ShowStatusBar = bool "Whether Finder shows its status at the bottom." // { example = true; };
        };

        "com.apple.menuextra.battery".ShowPercent = maybe (types.enum [
          "YES"
          "NO"
        ]) "Whether the menu bar shows how full the battery is, before macOS 11." // { example = "NO"; };

        "com.apple.menuextra.clock" = {
          IsAnalog = switch "a clock with hands";
          Show24Hour = switch "a clock of 24 hours";
          ShowAMPM = bool "Whether a clock of 12 hours says which half of the day it is.";
          ShowDate = maybe (types.enum [
            0
            1
            2
          ]) "The date beside the clock: 0 where there is space, 1 always, 2 never.";
          ShowDayOfMonth = switch "the day of the month beside the clock";
          ShowDayOfWeek = switch "the day of the week beside the clock";
          ShowSeconds = switch "seconds of the clock";
        };

        "com.apple.Safari" = {
          AutoOpenSafeDownloads = switch "the opening of files that are downloaded";
          AutoFillPasswords = switch "the filling in of names and passwords";
          AutoFillCreditCardData = switch "the filling in of credit cards";
          IncludeDevelopMenu = switch "the menu \"Develop\"";
          ShowOverlayStatusBar = switch "the status bar";
          WebKitDeveloperExtrasEnabledPreferenceKey = bool "Whether pages can be inspected. {option}`IncludeDevelopMenu` sets it.";
          "WebKitPreferences.developerExtrasEnabled" = bool "Whether pages can be inspected. {option}`IncludeDevelopMenu` sets it.";
        };

        "com.apple.Safari.SandboxBroker".ShowDevelopMenu = bool "Whether there is the menu \"Develop\". {option}`IncludeDevelopMenu` sets it.";

        "com.googlecode.iterm2" = {
          AddNewTabAtEndOfTabs = switch "new tabs after all others";
          AlternateMouseScroll = switch "arrow keys for the wheel in full screen programs";
          CopySelection = switch "the copying of what is selected";
          OpenTmuxWindowsIn = maybe types.int "Where windows of tmux open: 0 windows, 1 tabs of a new window, 2 tabs of the window that there is." // { example = 2; };
          ExperimentalKeyHandling = switch "the handling of keys that AquaSKK needs";
        };
      };

      config =
        let
          hasMenu = config."com.apple.Safari".IncludeDevelopMenu;
        in
        lib.mkIf (hasMenu != null) {
          "com.apple.Safari" = {
            WebKitDeveloperExtrasEnabledPreferenceKey = hasMenu;
            "WebKitPreferences.developerExtrasEnabled" = hasMenu;
          };
          "com.apple.Safari.SandboxBroker".ShowDevelopMenu = hasMenu;
        };
    }
  );
}
