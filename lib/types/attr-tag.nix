# `attrTag`: a set with exactly one of several attributes, each an option of its own.
{ lib, basis }:

let
  inherit (builtins)
    addErrorContext
    attrNames
    head
    intersectAttrs
    isAttrs
    length
    mapAttrs
    unsafeGetAttrPos
    ;
  inherit (basis) defaultFunctor located mkOptionType;
  inherit (lib.options) getFiles showFiles showOption;
  inherit (lib.strings) escapeNixIdentifier;

  withPositions =
    tags:
    mapAttrs (
      name: option:
      let
        position = unsafeGetAttrPos name tags;
        place = if position == null then "" else " at ${position.file}:${toString position.line}:${toString position.column}";
        what =
          if !(option ? _type) then
            "was not."
          else if option._type == "option-type" then
            "was a bare type, not wrapped in mkOption."
          else
            "was of type ${lib.strings.escapeNixString option._type}.";
      in
      addErrorContext
        "while checking that attrTag tag ${escapeNixIdentifier name} is an option with a type${place}"
        (
          if option._type or null != "option" then
            throw "In attrTag, each tag value must be an option, but tag ${escapeNixIdentifier name} ${what}"
          else
            {
              declarations = if position == null then [ ] else [ position.file ];
              declarationPositions = if position == null then [ ] else [ position ];
            }
            // option
        )
    ) tags;

  attrTag =
    given:
    let
      tags = withPositions given;
      choices = lib.strings.concatMapStringsSep ", " escapeNixIdentifier (attrNames tags);

      declaration = option: {
        _file = "<attrTag {...}>";
        pos = null;
        options = option;
      };
    in
    mkOptionType {
      name = "attrTag";
      description = "attribute-tagged union with choices: ${choices}";
      descriptionClass = "noun";
      getSubOptions = prefix: mapAttrs (name: option: option // { loc = prefix ++ [ name ]; }) tags;
      check =
        value: isAttrs value && length (attrNames value) == 1 && tags ? ${head (attrNames value)};
      merge = located (
        loc: defs:
        let
          tagOf = def: head (attrNames def.value);
          choice = tagOf (head defs);
          inner = map (
            def:
            if tagOf def != choice then
              throw "The option `${showOption loc}` is defined both as `${choice}` and `${tagOf def}`, in ${showFiles (getFiles defs)}."
            else
              {
                inherit (def) file;
                value = def.value.${choice};
                source = def.value;
                name = choice;
              }
          ) defs;
        in
        if !(tags ? ${choice}) then
          throw "The option `${showOption loc}` is defined as ${escapeNixIdentifier choice}, but ${escapeNixIdentifier choice} is not among the valid choices (${choices}). Value ${choice} was defined in ${showFiles (getFiles defs)}."
        else
          {
            ${choice} = (lib.modules.evalOptionValue (loc ++ [ choice ]) tags.${choice} inner).value;
          }
      );
      nestedTypes = tags;
      functor = defaultFunctor "attrTag" // {
        type = payload: attrTag payload.tags;
        payload = { inherit tags; };
        binOp = a: b: {
          tags =
            a.tags
            // b.tags
            // mapAttrs (
              name: option:
              lib.modules.mergeOptionDecls [ name ] [
                (declaration a.tags.${name})
                (declaration option)
              ]
              // {
                declarations = a.tags.${name}.declarations ++ option.declarations;
                declarationPositions = a.tags.${name}.declarationPositions ++ option.declarationPositions;
              }
            ) (intersectAttrs a.tags b.tags);
        };
      };
    };
in
attrTag
