# Settings of macOS and its applications: what `defaults` writes.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.targets.darwin;

  commands =
    flags: domains:
    lib.mapAttrsToList
      (
        domain: values:
        "run /usr/bin/defaults ${flags} import ${lib.escapeShellArg domain} ${
          pkgs.writeText "${domain}.plist" (lib.generators.toPlist { escape = true; } values)
        }"
      )
      (
        lib.filterAttrs (_domain: values: values != { }) (
          lib.mapAttrs (_domain: lib.filterAttrs (_name: value: value != null)) domains
        )
      );

  all = commands "" cfg.defaults ++ commands "-currentHost" cfg.currentHostDefaults;

  isSet = path: lib.attrByPath path null cfg.defaults != null;

  kinds = import ./default-types.nix { inherit lib; };
in
{
  options.targets.darwin = {
    defaults = lib.mkOption {
      type = kinds.everywhere;
      default = { };
      example."com.apple.desktopservices".DSDontWriteUSBStores = true;
      description = "Settings, by domain. Null leaves a setting as it is. `defaults read` shows those that there are.";
    };

    currentHostDefaults = lib.mkOption {
      type = kinds.thisHost;
      default = { };
      example."com.apple.controlcenter".BatteryShowPercentage = true;
      description = "Settings of this machine alone, by domain. Null leaves a setting as it is.";
    };
  };

  config = lib.mkIf (all != [ ]) {
    assertions = [
      (lib.hm.assertions.assertPlatform "targets.darwin.defaults" pkgs lib.platforms.darwin)
    ];

    warnings =
      lib.optional
        (isSet [
          "com.apple.menuextra.battery"
          "ShowPercent"
        ])
        ''
          The option 'com.apple.menuextra.battery.ShowPercent' no longer works on
          macOS 11 and later. Instead, use 'targets.darwin.currentHostDefaults."com.apple.controlcenter".BatteryShowPercentage'.
        ''
      ++
        lib.optional
          (isSet [
            "com.apple.Safari"
            "com.apple.Safari.ContentPageGroupIdentifier.WebKit2DeveloperExtrasEnabled"
          ])
          ''
            The option 'com.apple.Safari.com.apple.Safari.ContentPageGroupIdentifier.WebKit2DeveloperExtrasEnabled'
            is no longer present in recent versions of Safari.
          '';

    home.activation.setDarwinDefaults = lib.hm.dag.entryAfter [ "writeBoundary" ] ''
      verboseEcho "Configuring macOS user defaults"
      ${lib.concatStringsSep "\n" all}
    '';
  };
}
