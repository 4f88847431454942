# Programs that extensions of Mozilla's applications talk to.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) types;
  inherit (pkgs.stdenv.hostPlatform) isDarwin;

  cfg = config.mozilla;

  hostsOption =
    application:
    lib.mkOption {
      type = types.listOf types.package;
      default = [ ];
      internal = true;
      description = "Packages with native messaging hosts for ${application}.";
    };

  # Links to the manifests of all packages. Applications also put files of their own there.
  linksTo =
    name: hosts:
    lib.mkIf (hosts != [ ]) {
      source = "${
        pkgs.symlinkJoin {
          inherit name;
          paths = [ (pkgs.writeTextDir "lib/mozilla/native-messaging-hosts/.keep" "") ] ++ lib.flatten hosts;
        }
      }/lib/mozilla/native-messaging-hosts";
      recursive = true;
      ignorelinks = true;
    };

  inherit (cfg)
    firefoxNativeMessagingHosts
    thunderbirdNativeMessagingHosts
    librewolfNativeMessagingHosts
    ;
in
{
  options.mozilla = {
    firefoxNativeMessagingHosts = hostsOption "Firefox";
    thunderbirdNativeMessagingHosts = hostsOption "Thunderbird";
    librewolfNativeMessagingHosts = hostsOption "LibreWolf";
  };

  config.home.file =
    if isDarwin then
      {
        "Library/Mozilla/NativeMessagingHosts" =
          linksTo "th-native-messaging-hosts" thunderbirdNativeMessagingHosts;
        "Library/Application Support/Mozilla/NativeMessagingHosts" =
          linksTo "ff-native-messaging-hosts" firefoxNativeMessagingHosts;
        "Library/Application Support/LibreWolf/NativeMessagingHosts" =
          linksTo "lw-native-messaging-hosts" librewolfNativeMessagingHosts;
      }
    else
      {
        ".mozilla/native-messaging-hosts" = linksTo "mozilla-native-messaging-hosts" (
          firefoxNativeMessagingHosts ++ thunderbirdNativeMessagingHosts
        );
        ".librewolf/native-messaging-hosts" =
          linksTo "librewolf-native-messaging-hosts" librewolfNativeMessagingHosts;
      };
}
