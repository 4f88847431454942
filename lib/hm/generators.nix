{ lib }:

let
  ordered = import ./generators-ordered.nix { inherit lib; };

  inherit (lib)
    concatMap
    concatMapStringsSep
    concatStringsSep
    filterAttrs
    isAttrs
    isList
    mapAttrsToList
    optional
    optionalString
    ;

  # Puts a tab before every line of the items.
  indentByTab =
    items: concatMapStringsSep "\n" (line: "\t${line}") (lib.splitString "\n" (concatStringsSep "\n" items));

  block = items: "{\n${indentByTab items}\n}";
in
ordered
// {
  # The configuration language of Hyprland. Names with one of the important prefixes come
  # first, then sections, then all other fields.
  toHyprconf =
    {
      attrs,
      indentLevel ? 0,
      importantPrefixes ? [ "$" ],
    }:
    let
      isImportant = name: lib.any (prefix: lib.hasPrefix prefix name) importantPrefixes;
      isSection = value: isAttrs value || isList value;

      render =
        indent: set:
        let
          fields = lib.generators.toKeyValue {
            listsAsDuplicateKeys = true;
            inherit indent;
          };
          rest = filterAttrs (name: _value: !isImportant name) set;

          section =
            name: value:
            if isList value then
              concatMapStringsSep (optionalString (lib.all isAttrs value) "\n") (section name) value
            else if isAttrs value then
              "${indent}${name} {\n${render "  ${indent}" value}${indent}}\n"
            else
              render indent { ${name} = value; };
        in
        fields (filterAttrs (name: _value: isImportant name) set)
        + concatStringsSep "\n" (mapAttrsToList section (filterAttrs (_name: isSection) rest))
        + fields (filterAttrs (_name: value: !isSection value) rest);
    in
    render (lib.strings.replicate indentLevel "  ") attrs;

  # KDL, the language of Zellij and Niri. In a set, `_args` are a node's arguments, `_props`
  # its properties and `_children` its children in a given order.
  toKDL =
    {
      escapeBackslashes ? false,
      escapeTabs ? false,
    }:
    let
      escapes = {
        "\n" = "\\n";
        "\"" = "\\\"";
      }
      // lib.optionalAttrs escapeBackslashes { "\\" = "\\\\"; }
      // lib.optionalAttrs escapeTabs { "\t" = "\\t"; };
      escapeString = builtins.replaceStrings (builtins.attrNames escapes) (builtins.attrValues escapes);

      literal =
        name: value:
        {
          null = "null";
          bool = lib.boolToString value;
          string = ''"${escapeString value}"'';
          int = toString value;
          float = toString value;
        }
        .${builtins.typeOf value}
          or (throw "Cannot convert value of type ${builtins.typeOf value} to KDL literal, in the node `${name}'.");

      nodesOf = mapAttrsToList node;

      setNode =
        name: set:
        let
          arguments = map (literal name) (set._args or [ ]);
          properties = mapAttrsToList (key: value: "${key}=${literal name value}") (set._props or { });
          children =
            concatMap nodesOf (lib.flatten (set._children or [ ]))
            ++ nodesOf (removeAttrs set [ "_args" "_props" "_children" ]);
        in
        concatStringsSep " " (
          [ name ] ++ arguments ++ properties ++ optional (children != [ ]) (block children)
        );

      listNode =
        name: list:
        if lib.any isSectionLike list then
          "${name} ${block (map (node "-") list)}"
        else
          "${name} ${concatMapStringsSep " " (literal name) list}";

      isSectionLike = value: isList value || builtins.isAttrs value;

      node =
        name: value:
        if builtins.isAttrs value then
          setNode name value
        else if !isList value then
          "${name} ${literal name value}"
        else if name == "_children" then
          concatMapStringsSep "\n" (child: concatStringsSep "\n" (nodesOf child)) value
        else
          listNode name value;
    in
    attrs: concatStringsSep "\n" (nodesOf attrs) + "\n";

  # scfg: a list of directives `{ name; params; children; }`.
  toSCFG =
    _options:
    let
      escaped = {
        "\"" = "\\\"";
        "\\" = "\\\\";
        "\r" = "\\r";
        "\n" = "\\n";
        "\t" = "\\t";
      };
      escapeString = builtins.replaceStrings (builtins.attrNames escaped) (builtins.attrValues escaped);
      needsQuotes =
        text:
        text == ""
        || lib.any (character: lib.hasInfix character text) (
          builtins.attrNames escaped
          ++ [
            " "
            "'"
            "{"
            "}"
          ]
        );

      literal =
        value:
        {
          bool = lib.boolToString value;
          string = if needsQuotes value then ''"${escapeString value}"'' else value;
          int = toString value;
          float = toString value;
        }
        .${builtins.typeOf value}
          or (throw "Cannot convert value of type ${builtins.typeOf value} to SCFG literal.");

      # A directive that has fields, all of them without content, is left out.
      isEmpty =
        directive:
        (directive ? params || directive ? children)
        && directive.params or [ null ] == [ null ]
        && directive.children or [ ] == [ ];

      directiveText =
        directive:
        literal directive.name
        + optionalString (directive.params or null != null) (
          " " + concatMapStringsSep " " literal directive.params
        )
        + optionalString (directive.children or null != null) (
          " ${block (directivesText directive.children)}"
        );

      directivesText = directives: map directiveText (builtins.filter (d: !isEmpty d) directives);
    in
    directives:
    optionalString (directives != [ ]) "${concatStringsSep "\n" (directivesText directives)}\n";
}
