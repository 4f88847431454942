# Generators that write the attributes of a set in the order that DAG entries ask for.
#
# A set keeps Nix's own order of names unless at least one of its values is an entry that
# names others; then entries count as such and everything else is placed freely.
{ lib }:

let
  inherit (builtins) attrValues isAttrs isList;

  defaultMessage = "Dependency cycle in DAG entries";

  isOrdered = value: lib.hm.dag.isEntry value && (value.after != [ ] || value.before != [ ]);
  hasOrdered = attrs: lib.any isOrdered (attrValues attrs);

  sortBy =
    isEntry:
    {
      cycleErrorMessage ? defaultMessage,
    }:
    attrs:
    let
      toEntry = _name: value: if isEntry value then value else lib.hm.dag.entryAnywhere value;
      sorted = lib.hm.dag.topoSort (builtins.mapAttrs toEntry attrs);
    in
    map (entry: {
      inherit (entry) name;
      value = entry.data;
    }) (sorted.result or (abort "${cycleErrorMessage}: ${builtins.toJSON sorted}"));

  # The name-value pairs of a set, in order.
  toPairs =
    options: attrs:
    if hasOrdered attrs then
      sortBy isOrdered options attrs
    else
      lib.mapAttrsToList lib.nameValuePair attrs;

  toText =
    {
      renderAttrs,
      renderList,
      renderValue,
      cycleErrorMessage ? defaultMessage,
    }:
    let
      render =
        value:
        if lib.isDerivation value || builtins.isPath value then
          renderValue value
        else if isAttrs value then
          renderAttrs (
            map (pair: pair // { value = render pair.value; }) (toPairs { inherit cycleErrorMessage; } value)
          )
        else if isList value then
          renderList (map render value)
        else
          renderValue value;
    in
    render;

  toJsonText =
    {
      cycleErrorMessage ? defaultMessage,
    }:
    toText {
      inherit cycleErrorMessage;
      renderValue = builtins.toJSON;
      renderList = items: "[${lib.concatStringsSep "," items}]";
      renderAttrs =
        pairs: "{${lib.concatMapStringsSep "," (pair: "${builtins.toJSON pair.name}:${pair.value}") pairs}}";
    };

  toKeyValue =
    {
      mkKeyValue ? lib.generators.mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
      listToValue ? null,
      indent ? "",
      cycleErrorMessage ? defaultMessage,
    }:
    assert listsAsDuplicateKeys -> listToValue == null;
    let
      line = name: value: "${indent}${mkKeyValue name value}\n";
      lines =
        { name, value }:
        if !isList value then
          line name value
        else if listsAsDuplicateKeys then
          lib.concatMapStrings (line name) value
        else
          line name (if listToValue == null then value else listToValue value);
    in
    attrs: lib.concatMapStrings lines (toPairs { inherit cycleErrorMessage; } attrs);

  toINI =
    {
      mkSectionName ? lib.escape [ "[" "]" ],
      mkKeyValue ? lib.generators.mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
      listToValue ? null,
      cycleErrorMessage ? "Dependency cycle in INI sections",
    }:
    let
      body = toKeyValue {
        inherit
          mkKeyValue
          listsAsDuplicateKeys
          listToValue
          cycleErrorMessage
          ;
      };
      section = { name, value }: "[${mkSectionName name}]\n${body value}";
    in
    sections: lib.concatMapStringsSep "\n" section (toPairs { inherit cycleErrorMessage; } sections);

  messageFor =
    given: name: if given == null then "Dependency cycle in ${name}" else given;

  # A format of `pkgs.formats` whose files are built from a generator's text.
  orderedFormat =
    {
      pkgs,
      format,
      generator,
      nativeBuildInputs ? [ ],
      buildCommand ? ''
        cp "$valuePath" "$out"
      '',
      cycleErrorMessage ? null,
    }:
    format
    // {
      generate =
        name: value:
        pkgs.runCommandLocal name {
          inherit nativeBuildInputs;
          value = generator { cycleErrorMessage = messageFor cycleErrorMessage name; } value;
          passAsFile = [ "value" ];
        } buildCommand;
    };

  # Formats that nest. Those of the embedded package set write ordered pairs themselves
  # (`generateWith`); those of nixpkgs convert JSON text with a program.
  orderedNestedFormat =
    {
      pkgs,
      format,
      program,
      buildCommand,
      cycleErrorMessage,
    }:
    if format ? generateWith then
      format
      // {
        generate =
          name:
          format.generateWith {
            pairsOf = toPairs { cycleErrorMessage = messageFor cycleErrorMessage name; };
          } name;
      }
    else
      orderedFormat {
        inherit
          pkgs
          format
          buildCommand
          cycleErrorMessage
          ;
        generator = toJsonText;
        nativeBuildInputs = [ pkgs.buildPackages.${program} ];
      };
in
{
  isDAGEntryWithOrdering = isOrdered;
  hasDAGEntryWithOrdering = hasOrdered;
  sortDAGEntries = sortBy lib.hm.dag.isEntry;
  toDAGOrderedAttrs = toPairs;
  toDAGOrderedText = toText;
  toDAGOrderedKeyValue = toKeyValue;
  toDAGOrderedINI = toINI;
  mkDAGOrderedFormat = orderedFormat;

  mkDAGOrderedJsonFormat =
    {
      pkgs,
      jsonFormat ? pkgs.formats.json { },
      cycleErrorMessage ? null,
    }:
    orderedNestedFormat {
      inherit pkgs cycleErrorMessage;
      format = jsonFormat;
      program = "jq";
      buildCommand = ''
        jq . "$valuePath" > "$out"
      '';
    };

  mkDAGOrderedYamlFormat =
    {
      pkgs,
      yamlFormat ? pkgs.formats.yaml { },
      cycleErrorMessage ? null,
    }:
    orderedNestedFormat {
      inherit pkgs cycleErrorMessage;
      format = yamlFormat;
      program = "remarshal";
      buildCommand = ''
        json2yaml "$valuePath" "$out"
      '';
    };

  mkDAGOrderedTomlFormat =
    {
      pkgs,
      tomlFormat ? pkgs.formats.toml { },
      cycleErrorMessage ? null,
    }:
    orderedNestedFormat {
      inherit pkgs cycleErrorMessage;
      format = tomlFormat;
      program = "remarshal";
      buildCommand = ''
        json2toml "$valuePath" "$out"
      '';
    };

  mkDAGOrderedIniFormat =
    {
      pkgs,
      mkSectionName ? lib.escape [ "[" "]" ],
      mkKeyValue ? lib.generators.mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
      listToValue ? null,
      atomsCoercedToLists ? null,
      iniFormat ? pkgs.formats.ini {
        inherit atomsCoercedToLists listsAsDuplicateKeys listToValue;
      },
      cycleErrorMessage ? null,
    }:
    orderedFormat {
      inherit pkgs cycleErrorMessage;
      format = iniFormat;
      generator =
        { cycleErrorMessage }:
        toINI {
          inherit
            mkSectionName
            mkKeyValue
            listsAsDuplicateKeys
            listToValue
            cycleErrorMessage
            ;
        };
    };

  mkDAGOrderedKeyValueFormat =
    {
      pkgs,
      mkKeyValue ? lib.generators.mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
      listToValue ? null,
      keyValueFormat ? pkgs.formats.keyValue { inherit listsAsDuplicateKeys listToValue; },
      cycleErrorMessage ? null,
    }:
    orderedFormat {
      inherit pkgs cycleErrorMessage;
      format = keyValueFormat;
      generator =
        { cycleErrorMessage }:
        toKeyValue {
          inherit
            mkKeyValue
            listsAsDuplicateKeys
            listToValue
            cycleErrorMessage
            ;
        };
    };
}
