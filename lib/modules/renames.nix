# Modules for options that were removed, renamed or changed.
{ lib }:

let
  inherit (builtins) filter foldl';
  inherit (lib.attrsets)
    attrByPath
    getAttrFromPath
    optionalAttrs
    recursiveUpdate
    setAttrByPath
    ;
  inherit (lib.lists) optional;
  inherit (lib.modules)
    mkAliasAndWrapDefinitions
    mkAliasAndWrapDefsWithPriority
    mkIf
    mkMerge
    ;
  inherit (lib.options) mkOption showFiles showOption;
  inherit (lib.trivial) oldestSupportedReleaseIsAtLeast warnIf;

  doRename =
    {
      from,
      to,
      visible,
      warn,
      use,
      withPriority ? true,
      condition ? true,
    }:
    { config, options, ... }:
    let
      old = getAttrFromPath from options;
      type = (attrByPath to { } options).type or (lib.types.submodule { });
      alias = if withPriority then mkAliasAndWrapDefsWithPriority else mkAliasAndWrapDefinitions;
    in
    {
      options = setAttrByPath from (
        mkOption {
          inherit visible;
          description = "Alias of {option}`${showOption to}`.";
          apply =
            _value:
            use (attrByPath to (abort "Renaming error: option `${showOption to}' does not exist.") config);
        }
        // optionalAttrs (type != null) { inherit type; }
      );

      config = mkIf condition (mkMerge [
        (optionalAttrs (options ? warnings) {
          warnings = optional (
            warn && old.isDefined
          ) "The option `${showOption from}' defined in ${showFiles old.files} has been renamed to `${showOption to}'.";
        })
        (alias (setAttrByPath to) old)
      ]);
    };

  obsolete =
    from: to: "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";

  # The value of an option that nobody defined.
  unset = "_mkMergedOptionModule";

  mkMergedOptionModule =
    from: to: merge:
    { config, options, ... }:
    let
      used = filter (path: getAttrFromPath path config != unset) from;
    in
    {
      options = foldl' recursiveUpdate { } (
        map (
          path:
          setAttrByPath path (mkOption {
            visible = false;
            default = unset;
          })
        ) from
      );

      config = {
        warnings = map (
          path:
          "The option `${showOption path}' defined in ${
            showFiles (getAttrFromPath path options).files
          } has been changed to `${showOption to}' that has a different type. Please read `${showOption to}' documentation and update your configuration accordingly."
        ) used;
      }
      // setAttrByPath to (mkMerge (optional (used != [ ]) (merge config)));
    };

  mkAliasOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = true;
      warn = false;
      use = value: value;
    };
in
{
  inherit doRename mkAliasOptionModule mkMergedOptionModule;

  mkAliasOptionModuleMD = mkAliasOptionModule;

  mkChangedOptionModule = from: mkMergedOptionModule [ from ];

  mkRenamedOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = false;
      warn = true;
      use = builtins.trace (obsolete from to);
    };

  # Warns only once the release of the renaming is the oldest one that is supported.
  mkRenamedOptionModuleWith =
    {
      from,
      to,
      sinceRelease,
    }:
    let
      isOld = oldestSupportedReleaseIsAtLeast sinceRelease;
    in
    doRename {
      inherit from to;
      visible = false;
      warn = isOld;
      use = warnIf isOld (obsolete from to);
    };

  mkRemovedOptionModule =
    path: instructions:
    { options, ... }:
    let
      option = getAttrFromPath path options;
    in
    {
      options = setAttrByPath path (mkOption {
        visible = false;
        apply =
          _value:
          throw "The option `${showOption path}' can no longer be used since it's been removed. ${instructions}";
      });

      config.assertions = [
        {
          assertion = !option.isDefined;
          message = ''
            The option definition `${showOption path}' in ${showFiles option.files} no longer has any effect; please remove it.
            ${instructions}
          '';
        }
      ];
    };
}
