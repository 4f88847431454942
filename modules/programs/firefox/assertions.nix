# Conditions on the configuration of a browser.
{
  lib,
  cfg,
  name,
  moduleName,
  isDarwin,
  helpers,
}:

let
  inherit (lib) concatStringsSep length mapAttrsToList;

  profiles = lib.attrValues cfg.profiles;
  defaults = lib.catAttrs "name" (lib.filter (profile: profile.isDefault) profiles);
  containers = lib.concatMap (profile: lib.attrValues profile.containers) profiles;

  sharedStoreIds = helpers.shared (profile: profile.storeId) (
    lib.filterAttrs (_name: profile: profile.storeId != null) cfg.profiles
  );
in
[
  {
    assertion = cfg.profiles == { } || length defaults == 1;
    message =
      "Must have exactly one default ${name} profile but found ${toString (length defaults)}"
      + lib.optionalString (length defaults > 1) ", namely ${concatStringsSep ", " defaults}";
  }
  {
    assertion = lib.all (container: container.id > 0 && container.id < 4294967294) containers;
    message = "Container id must be between 1 and 4294967293";
  }
  {
    assertion = cfg.languagePacks == [ ] || cfg.package != null;
    message = ''
      '${moduleName}.languagePacks' requires '${moduleName}.package'
      to be set to a non-null value.
    '';
  }
  {
    assertion =
      cfg.globalExtensions == [ ] || cfg.package != null || (isDarwin && cfg.darwinDefaultsId != null);
    message = "'${moduleName}.globalExtensions' requires '${moduleName}.package' to be set to a non-null value unless '${moduleName}.darwinDefaultsId' is set on Darwin.";
  }
  {
    assertion = lib.all (addon: (addon.package or addon) ? addonId) cfg.globalExtensions;
    message = "${moduleName}.globalExtensions requires each package to expose addonId in passthru.";
  }
  (helpers.noSharedIds name "profile" cfg.profiles)
  {
    assertion = sharedStoreIds == { };
    message = ''
      Must not have duplicate ${name} profile StoreIDs:
      ${concatStringsSep "\n" (
        mapAttrsToList (
          id: names: "  - StoreID ${id} is used by ${concatStringsSep ", " names}"
        ) sharedStoreIds
      )}
    '';
  }
]
