# The bundles of packages, where Finder and Spotlight find them.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf;
  inherit (lib.hm.options) option;

  cfg = config.targets.darwin;

  inherit (pkgs.stdenv.hostPlatform) isDarwin;

  isNew = lib.versionAtLeast config.home.stateVersion "25.11";

  conflict = this: other: {
    assertion = !cfg.${other}.enable;
    message = "`targets.darwin.${this}.enable` conflicts with `targets.darwin.${other}.enable`. Please disable one of them.";
  };

  bundles = pkgs.buildEnv {
    name = "home-manager-applications";
    paths = config.home.packages;
    pathsToLink = [ "/Applications" ];
  };

  directory = option lib.types.str "Applications/Home Manager Apps" "The directory of the applications, below the home directory.";

  platform =
    name: lib.hm.assertions.assertPlatform "targets.darwin.${name}" pkgs lib.platforms.darwin;

  # macOS lets only programs that the user has allowed to change bundles.
  checkPermission = ''
    mayChangeBundles() {
      local bundle
      for bundle in '${cfg.copyApps.directory}/'*.app; do
        if [[ -d "$bundle" ]] && ! run /usr/bin/touch "$bundle/.DS_Store" &> /dev/null; then
          return 1
        fi
      done
    }

    if [[ ! -L '${cfg.copyApps.directory}' ]] && ! mayChangeBundles; then
      if [[ "$(/bin/launchctl managername)" != Aqua ]]; then
        errorEcho "Applications cannot be updated over SSH: it has no full disk access."
        errorEcho "Run home-manager in a graphical session, or allow full disk access for remote"
        errorEcho "users in System Settings > General > Sharing > Remote Login (i)."
        exit 1
      fi

      # Makes macOS ask again.
      run /usr/bin/tccutil reset SystemPolicyAppBundles > /dev/null

      if ! mayChangeBundles; then
        errorEcho "Applications cannot be updated: macOS does not allow it."
        errorEcho "Allow your terminal to update applications, in the notification or in"
        errorEcho "System Settings > Privacy & Security > App Management, and try again."
        exit 1
      fi
    fi
  '';
in
{
  options.targets.darwin = {
    copyApps = {
      enable = lib.mkEnableOption "copies of applications, which Spotlight finds" // {
        default = isDarwin && isNew;
        defaultText = lib.literalExpression ''pkgs.stdenv.hostPlatform.isDarwin && (lib.versionAtLeast config.home.stateVersion "25.11")'';
      };
      enableChecks = lib.mkEnableOption "a check, before applications are copied, that macOS allows it" // {
        default = true;
      };
      inherit directory;
    };

    linkApps = {
      enable = lib.mkEnableOption "a link to the applications" // {
        default = isDarwin && !isNew;
        defaultText = lib.literalExpression ''pkgs.stdenv.hostPlatform.isDarwin && (lib.versionOlder config.home.stateVersion "25.11")'';
      };
      inherit directory;
    };
  };

  config = lib.mkMerge [
    (mkIf cfg.copyApps.enable {
      assertions = [
        (conflict "copyApps" "linkApps")
        (platform "copyApps")
      ];

      home.activation = {
        checkAppManagementPermission = mkIf cfg.copyApps.enableChecks (
          lib.hm.dag.entryBefore [ "copyApps" ] checkPermission
        );

        # Times in the store say nothing, so that contents are compared.
        copyApps = lib.hm.dag.entryAfter [ "installPackages" "linkGeneration" ] ''
          verboseEcho "Copying applications to ~/${cfg.copyApps.directory}"
          run mkdir -p '${cfg.copyApps.directory}'
          run ${lib.hm.options.programPath (pkgs.rsync or null) "rsync"} \
            --recursive --checksum --perms --links --copy-unsafe-links --specials \
            --delete --chmod=+w ${bundles}/Applications/ '${cfg.copyApps.directory}'
        '';
      };
    })

    (mkIf cfg.linkApps.enable {
      assertions = [
        (conflict "linkApps" "copyApps")
        (platform "linkApps")
      ];

      home.file.${cfg.linkApps.directory}.source = "${bundles}/Applications";
    })
  ];
}
