# Helpers for options and values that change their names or defaults over time.
{ lib }:

let
  inherit (lib) optionalString showOption toList;
in
{
  mkDeprecatedOptionValueWarning =
    {
      option,
      old,
      replacement,
      details ? "",
    }:
    ''
      Using `${showOption option}` as ${old} is deprecated and will be
      removed in a future release. Please use ${replacement} instead.
    ''
    + optionalString (details != "") "\n${details}\n";

  mkDeprecatedOptionValueRenameWarning =
    {
      option,
      old,
      replacement,
    }:
    ''
      The value ${old} for `${showOption option}` is deprecated and will be
      removed in a future release. Please use ${replacement} instead.
    '';

  # Rename modules for a list of options that moved from one prefix to another. An item is
  # a name, a path, or `{ old; new; }`; without `new` the old names are transformed.
  mkSettingsRenamedOptionModules =
    oldPrefix: newPrefix:
    {
      transform ? lib.hm.strings.toSnakeCase,
    }:
    map (
      item:
      let
        old = toList (item.old or item);
        new = if lib.isAttrs item then toList item.new else map transform old;
      in
      lib.mkRenamedOptionModule (oldPrefix ++ old) (newPrefix ++ new)
    );

  # Renames keys at any depth of a value, with a warning for each.
  remapAttrsRecursive =
    {
      pred,
      transform,
      ignore ? [ ],
    }:
    let
      rename =
        path: name: value:
        let
          wanted = if pred name && !(builtins.elem name ignore) then transform name else name;
          pair = {
            name = wanted;
            value = migrate "${path}.${name}" value;
          };
        in
        if wanted == name then
          pair
        else
          lib.warn "home-manager: The setting '${name}' in '${path}' was automatically renamed to '${wanted}'. Please update your configuration." pair;

      migrate =
        path: value:
        if builtins.isAttrs value then
          lib.mapAttrs' (rename path) value
        else if builtins.isList value then
          lib.imap0 (index: migrate "${path}.[${toString index}]") value
        else
          value;
    in
    migrate;

  # Default of an option that depends on `home.stateVersion`: `legacy.value` below the
  # version `since`, `current.value` from it on. The legacy default warns, either when it is
  # used or, with `deferWarningToConfig`, through the returned `warning` and `shouldWarn`.
  mkStateVersionOptionDefault =
    {
      stateVersion,
      since,
      optionPath,
      legacy,
      current,
      extraWarning ? "",
      config ? null,
      options ? null,
      warningPriority ? 1500,
      shouldWarn ? null,
      deferWarningToConfig ? false,
    }:
    let
      name = showOption optionPath;
      textOf = side: side.text or (lib.generators.toPretty { } side.value);
      legacyText = textOf legacy;
      currentText = textOf current;

      isLegacy = lib.versionOlder stateVersion since;
      differs = legacy.value != current.value;
      hasContext = config != null && options != null;
      optionInfo = if hasContext then lib.getAttrFromPath optionPath options else { };
      optionUsesDefaultPriority = hasContext && optionInfo.highestPrio >= warningPriority;

      warning = ''
        The default value of `${name}` has changed from `${legacyText}` to `${currentText}`.
        You are currently using the legacy default (`${legacyText}`) because `home.stateVersion` is less than "${since}".
        To silence this warning and keep legacy behavior, set:
          ${name} = ${legacyText};
        To adopt the new default behavior, set:
          ${name} = ${currentText};
      ''
      + optionalString (extraWarning != "") "\n${extraWarning}";
    in
    assert lib.assertMsg (!deferWarningToConfig || hasContext) ''
      `lib.hm.deprecations.mkStateVersionOptionDefault` requires both `config` and `options`
      when `deferWarningToConfig = true`.
    '';
    {
      inherit warning optionUsesDefaultPriority;

      default =
        if isLegacy && differs && !deferWarningToConfig then
          lib.warn warning legacy.value
        else
          current.value;

      defaultText = lib.literalExpression ''
        if lib.versionAtLeast config.home.stateVersion "${since}" then ${currentText} else ${legacyText}
      '';

      effectiveDefault = if isLegacy then legacy.value else current.value;

      shouldWarn =
        deferWarningToConfig
        && isLegacy
        && differs
        && (
          if lib.isFunction shouldWarn then
            shouldWarn { inherit optionInfo optionUsesDefaultPriority; }
          else
            optionUsesDefaultPriority
        );
    };

  # Whether a list entry leaves out one field while another is present and meaningful.
  mkListEntryOmittedFieldPredicate =
    {
      omittedField,
      triggerField,
      triggerPredicate ? (value: value != null && value != ""),
    }:
    { value, ... }:
    builtins.isAttrs value
    && value ? ${triggerField}
    && triggerPredicate value.${triggerField}
    && !(value ? ${omittedField});

  # Warnings for the entries of list definitions that rely on a legacy default.
  mkStateVersionListSubmoduleWarnings =
    {
      stateVersion,
      since,
      baseWarning,
      definitions,
      shouldWarnEntry,
      describeEntry ? (_entry: "an entry"),
      extraEntryWarning ? (_entry: ""),
    }:
    let
      entries = lib.concatMap (
        definition:
        lib.imap1 (index: value: {
          inherit index value;
          file = baseNameOf (toString definition.file);
        }) definition.value
      ) definitions;

      warnAbout =
        entry:
        let
          extra = extraEntryWarning entry;
        in
        lib.concatStringsSep "\n" (
          [
            (lib.removeSuffix "\n" baseWarning)
            "Triggered by ${describeEntry entry} defined in `${entry.file}` at list index ${toString entry.index}."
          ]
          ++ lib.optional (extra != "") extra
        );
    in
    lib.optionals (lib.versionOlder stateVersion since) (
      map warnAbout (builtins.filter shouldWarnEntry entries)
    );
}
