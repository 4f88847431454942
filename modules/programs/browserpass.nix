{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  # Where each browser looks for the programs that its extensions talk to, on Linux and on macOS;
  # the kind of its manifests; whether it also reads policies beside them.
  browsers = {
    brave = {
      linux = ".config/BraveSoftware/Brave-Browser/NativeMessagingHosts";
      darwin = "BraveSoftware/Brave-Browser";
    };
    chrome = {
      linux = ".config/google-chrome/NativeMessagingHosts";
      darwin = "Google/Chrome";
      policies = true;
    };
    chromium = {
      linux = ".config/chromium/NativeMessagingHosts";
      darwin = "Chromium";
      policies = true;
    };
    firefox = {
      linux = ".mozilla/native-messaging-hosts";
      darwin = "Mozilla";
      kind = "firefox";
    };
    librewolf = {
      linux = ".librewolf/native-messaging-hosts";
      darwin = "LibreWolf";
      kind = "firefox";
    };
    vivaldi = {
      linux = ".config/vivaldi/NativeMessagingHosts";
      darwin = "Vivaldi";
      policies = true;
    };
  };

  name = "com.github.browserpass.native.json";
  data = "${cfg.package}/lib/browserpass";

  filesOf =
    {
      linux,
      darwin,
      kind ? "chromium",
      policies ? false,
    }:
    let
      directory =
        if pkgs.stdenv.hostPlatform.isDarwin then
          "Library/Application Support/${darwin}/NativeMessagingHosts"
        else
          linux;
    in
    {
      "${directory}/${name}".source = "${data}/hosts/${kind}/${name}";
    }
    // lib.optionalAttrs policies {
      "${directory}/../policies/managed/${name}".source = "${data}/policies/${kind}/${name}";
    };
in
{
  title = "browserpass, which passes passwords from pass to browsers";
  docs = "https://github.com/browserpass/browserpass-native";
  installed = null;

  options.browsers =
    option (types.listOf (types.enum (lib.attrNames browsers))) (lib.attrNames browsers)
      "Browsers that can use it."
    // {
      example = [ "firefox" ];
    };

  # A distribution's package has its manifests where browsers look.
  config.home.file = lib.mkIf (cfg.package != null) (
    lib.mergeAttrsList (map (browser: filesOf browsers.${browser}) cfg.browsers)
  );
}
