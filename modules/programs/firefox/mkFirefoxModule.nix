# A module for Firefox or a browser made of it. Modules of other projects use it too, under this
# name and with these arguments.
{
  # The options' path, and the name of the browser.
  modulePath,
  name,
  description ? null,

  # The package by its name in `pkgs`, with and without the wrapper of nixpkgs.
  wrappedPackageName ? null,
  unwrappedPackageName ? null,

  # By the kind of platform, where the profiles are and what macOS calls the application.
  platforms,

  enableBookmarks ? true,
}:

{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) option;
  inherit (pkgs.stdenv.hostPlatform) isDarwin;

  cfg = lib.getAttrFromPath modulePath config;
  moduleName = lib.concatStringsSep "." modulePath;

  jsonFormat = pkgs.formats.json { };

  isWrapped = lib.versionAtLeast config.home.stateVersion "19.09" && wrappedPackageName != null;
  packageName = if wrappedPackageName != null then wrappedPackageName else unwrappedPackageName;

  addonsPath = "share/mozilla/extensions/{ec8030f7-c20a-464f-9b0e-13a3a9e97384}";

  internal = option: option // { internal = true; };

  helpers = import ./helpers.nix { inherit lib; };

  assertions = import ./assertions.nix {
    inherit
      lib
      cfg
      name
      moduleName
      isDarwin
      helpers
      ;
  };

  finalPackage = import ./package.nix {
    inherit
      lib
      pkgs
      cfg
      moduleName
      isDarwin
      isWrapped
      ;
  };

  addonOf = addon: addon.package or addon;

  languagePack = language: {
    name = "langpack-${language}@firefox.mozilla.org";
    value = {
      installation_mode = "normal_installed";
      install_url = "https://releases.mozilla.org/pub/firefox/releases/${cfg.release}/linux-x86_64/xpi/${language}.xpi";
    };
  };

  globalExtension =
    addon:
    let
      package = addonOf addon;
    in
    {
      name = package.addonId;
      value = {
        installation_mode = "force_installed";
        install_url = "file://${package.outPath}/${addonsPath}/${package.addonId}.xpi";
      }
      // addon.settings or { };
    };

  legacyBookmarks =
    profileName: profile:
    let
      form = profile.bookmarks._legacySettings;
      shown = if form == "a list" then "[ ... ]" else "{ ... }";
      path = modulePath ++ [
        "profiles"
        profileName
        "bookmarks"
      ];
    in
    lib.optional (form != null) (
      lib.hm.deprecations.mkDeprecatedOptionValueWarning {
        option = path;
        old = form;
        replacement = "`${lib.showOption (path ++ [ "settings" ])}` with `${
          lib.showOption (path ++ [ "force" ])
        } = true`";
        details = ''
          Set `force = true` to acknowledge replacing existing custom bookmarks.

          Replace:
            ${moduleName}.profiles.${profileName}.bookmarks = ${shown};

          With:
            ${moduleName}.profiles.${profileName}.bookmarks = {
              force = true;
              settings = ${shown};
            };
        '';
      }
    );
in
{
  options = lib.setAttrByPath modulePath (
    {
      enable = mkOption {
        type = types.bool;
        default = false;
        example = true;
        description = "Whether to enable ${if description == null then name else description}.";
      };

      package = mkOption {
        type = types.nullOr types.package;
        default = pkgs.${if isWrapped then wrappedPackageName else unwrappedPackageName} or null;
        defaultText = lib.literalExpression "pkgs.${packageName}";
        example = lib.literalExpression ''
          pkgs.${packageName}.override {
            nativeMessagingHosts = [ pkgs.tridactyl-native ];
          }
        '';
        description = ''
          The ${name} package. Nothing is installed if it is null, but policies, extensions for all
          profiles and language packs need a package.
        '';
      };

      finalPackage = mkOption {
        type = types.nullOr types.package;
        readOnly = true;
        description = "The package as it is installed, with policies.";
      };

      release = internal (mkOption {
        type = types.str;
        description = "Release of Firefox that the browser is made of.";
      });

      globalExtensions =
        option
          (types.listOf (
            types.oneOf [
              types.package
              (types.submodule {
                options = {
                  package = mkOption {
                    type = types.package;
                    description = "Package of the extension.";
                  };
                  settings = option (types.attrsOf jsonFormat.type) { } ''
                    Fields of the policy `ExtensionSettings` for the extension. See
                    <https://mozilla.github.io/policy-templates/#extensionsettings>.
                  '';
                };
              })
            ]
          ))
          [ ]
          "Extensions for all profiles, which a policy installs. Each package must have `addonId`."
        // {
          example = lib.literalExpression "[ pkgs.nur.repos.rycee.firefox-addons.ublock-origin ]";
        };

      languagePacks = option (types.listOf types.str) [ ] ''
        Language packs to install, by the codes that <https://releases.mozilla.org/pub/firefox/releases/>
        has for them.
      '' // {
        example = [
          "en-GB"
          "de"
        ];
      };

      name = internal (option types.str name "Name of the browser." // { example = "Firefox"; });

      wrappedPackageName = internal (
        option (types.nullOr types.str) wrappedPackageName "Name of the package with its wrapper."
      );

      darwinDefaultsId =
        let
          id = platforms.darwin.defaultsId or null;
        in
        option (types.nullOr types.str) id "Domain of the application's policies in the defaults of macOS."
        // {
          example = if id != null then id else "com.developer.app";
        };

      darwinAppName = internal (
        option types.str (platforms.darwin.appName or (helpers.capitalize cfg.wrappedPackageName))
          "Name of the application on macOS."
      );

      profilesPath = internal (
        option types.str (
          if isDarwin then "${cfg.configPath}/Profiles" else cfg.configPath
        ) "Directory of the profiles, below the home directory."
      );

      vendorPath = internal (
        option (types.nullOr types.str) null "Former directory of native messaging hosts."
        // {
          defaultText = lib.literalExpression "platform specific vendor path";
          example = ".mozilla";
        }
      );

      configPath = internal (
        option types.str (if isDarwin then platforms.darwin.configPath else platforms.linux.configPath)
          "Directory of the configuration, below the home directory."
        // {
          example = ".mozilla/firefox";
        }
      );

      nativeMessagingHosts = option (types.listOf types.package) [ ] ''
        Packages with native messaging hosts, which extensions talk to.
      '';

      profileVersion = internal (
        option (types.nullOr types.ints.unsigned) (
          if isDarwin then null else 2
        ) "Version of {file}`profiles.ini`."
      );

      profiles =
        option
          (types.attrsOf (
            types.submodule (
              import ./profile.nix {
                inherit
                  cfg
                  enableBookmarks
                  helpers
                  lib
                  modulePath
                  pkgs
                  ;
                appName = name;
              }
            )
          ))
          { }
          "Profiles of ${name}."
        // {
          example = lib.optionalAttrs (moduleName == "programs.firefox") (
            lib.literalExpression ''
              {
                dev-edition-default = {
                  id = 0;
                  path = config.home.username;
                };
              }
            ''
          );
        };

      enableGnomeExtensions = option types.bool false ''
        Whether the native host of GNOME's extensions is there. Deprecated: override the package.
      '';

      pkcs11Modules = option (types.listOf types.package) [ ] "PKCS#11 modules to load.";
    }
    // lib.optionalAttrs (wrappedPackageName != null) {
      policies =
        option (types.attrsOf jsonFormat.type) { } ''
          Policies. See <https://mozilla.github.io/policy-templates/>.
        ''
        // {
          example = {
            BlockAboutConfig = true;
            DefaultDownloadDirectory = "\${home}/Downloads";
          };
        };
    }
  );

  config = mkIf cfg.enable (
    {
      assertions = [
        (lib.hm.assertions.assertPlatform moduleName pkgs (
          lib.concatMap (kind: lib.platforms.${kind}) (lib.attrNames platforms)
        ))
      ]
      ++ assertions
      ++ lib.concatMap (profile: profile.assertions) (lib.attrValues cfg.profiles);

      warnings =
        lib.optional (cfg.enableGnomeExtensions or false) ''
          Using '${moduleName}.enableGnomeExtensions' has been deprecated and
          will be removed in the future. Please change to overriding the package
          configuration using '${moduleName}.package' instead. You can refer to
          its example for how to do this.
        ''
        ++ lib.optional (cfg.vendorPath != null) ''
          Using '${moduleName}.vendorPath' has been deprecated and
          will be removed in the future. Native messaging hosts will function normally without specifying this path.
        ''
        ++ lib.concatLists (lib.mapAttrsToList legacyBookmarks cfg.profiles);

      home.packages = lib.optional (cfg.finalPackage != null) cfg.finalPackage;

      home.file = lib.mkMerge (
        [
          {
            "${cfg.configPath}/profiles.ini" = mkIf (cfg.profiles != { }) {
              text = helpers.profilesIni { inherit cfg isDarwin; };
            };
          }
        ]
        ++ map (
          profile:
          import ./profile-files.nix {
            inherit
              addonsPath
              helpers
              lib
              pkgs
              profile
              ;
            directory = "${cfg.profilesPath}/${profile.path}";
          }
        ) (lib.attrValues cfg.profiles)
      );
    }
    // lib.optionalAttrs (lib.hasAttrByPath [ "targets" "darwin" "defaults" ] options) {
      targets.darwin.defaults = mkIf (isDarwin && cfg.darwinDefaultsId != null) {
        ${cfg.darwinDefaultsId} = {
          EnterprisePoliciesEnabled = true;
        }
        // cfg.policies;
      };
    }
    // lib.setAttrByPath modulePath (
      {
        inherit finalPackage;
        release = lib.mkOptionDefault (lib.head (lib.splitString "-" cfg.package.version));
      }
      // lib.optionalAttrs (wrappedPackageName != null) {
        policies = {
          NoDefaultBookmarks = mkIf (lib.any (profile: profile.bookmarks.enable) (
            lib.attrValues cfg.profiles
          )) false;
          ExtensionSettings = lib.mkMerge [
            (mkIf (cfg.languagePacks != [ ]) (lib.listToAttrs (map languagePack cfg.languagePacks)))
            (mkIf (cfg.globalExtensions != [ ]) (
              lib.listToAttrs (
                map globalExtension (lib.filter (addon: addonOf addon ? addonId) cfg.globalExtensions)
              )
            ))
          ];
        };
      }
    )
  );
}
