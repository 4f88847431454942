{ lib, gvariant }:

let
  inherit (lib) mkOption mkOptionType types;

  dagTypes = import ./types-dag.nix { inherit lib; };

  described =
    description: type:
    type
    // {
      inherit description;
      descriptionClass = "name";
    };

  gvariantType = mkOptionType {
    name = "gvariant";
    description = "GVariant value";
    check = value: gvariant.mkValue value != null;
    merge =
      loc: defs:
      let
        typed = map (def: def // { value = gvariant.mkValue def.value; }) defs;
        signature = (builtins.head typed).value.type;
        is = predicate: predicate signature;

        mergeArray =
          gvariant.mkValue (
            (types.listOf gvariantType).merge loc (
              map (def: def // { inherit (def.value) value; }) typed
            )
          )
          // {
            type = signature;
          };
      in
      if lib.any (def: def.value.type != signature) typed then
        throw "Cannot merge definitions of `${lib.showOption loc}' with mismatched GVariant types given in ${lib.showFiles (lib.getFiles defs)}."
      else if is gvariant.isArray then
        mergeArray
      else if is gvariant.isTuple || is gvariant.isMaybe || is gvariant.isDictionaryEntry then
        lib.mergeOneOption loc defs
      else if signature == gvariant.type.variant then
        lib.mergeOneOption loc defs
      else if signature == gvariant.type.string then
        types.str.merge loc defs
      else if signature == gvariant.type.double then
        types.float.merge loc defs
      else
        lib.mergeDefaultOption loc defs;
  };

  nushellValue = types.nullOr (
    types.oneOf [
      (mkOptionType {
        name = "nushell";
        description = "Nushell inline value";
        descriptionClass = "name";
        check = lib.isType "nushell-inline";
      })
      types.bool
      types.int
      types.float
      types.str
      types.path
      (described "attribute set of Nushell values" (types.attrsOf nushellValue))
      (described "list of Nushell values" (types.listOf nushellValue))
    ]
  );

  # A file inside `targetDir` (or that directory itself, if the source is one).
  sourceFile =
    targetDir: fileName:
    let
      targetFile = "${targetDir}/${fileName}";
    in
    types.submodule (
      { config, ... }:
      {
        options = {
          target = mkOption {
            type = types.singleLineStr;
            internal = true;
            readOnly = true;
          };

          source = mkOption {
            type = types.nullOr types.path;
            default = null;
            description = ''
              A file that becomes `${targetFile}`, or a directory that becomes `${targetDir}`.
            '';
          };

          text = mkOption {
            type = types.lines;
            default = "";
            description = "Text of `${targetFile}`.";
          };

          recursive = lib.mkEnableOption ''
            linking each file of {option}`source` on its own, if that is a directory, so that
            `${targetDir}` can hold other files too'';
        };

        config.target =
          if config.source != null && lib.pathIsDirectory config.source then targetDir else targetFile;
      }
    );

  sourceFileOrLines =
    targetDir: fileName:
    let
      fileType = sourceFile targetDir fileName;
      asFile =
        def:
        if types.lines.check def.value then
          {
            inherit (def) file;
            value = {
              text = def.value;
              source = null;
              recursive = false;
            };
          }
        else
          def;
    in
    types.either types.lines fileType
    // {
      merge = loc: defs: fileType.merge loc (map asFile defs);
    };
in
{
  inherit (dagTypes) dagOf;
  inherit nushellValue sourceFile sourceFileOrLines;

  gvariant = gvariantType;

  selectorFunction = mkOptionType {
    name = "selectorFunction";
    description = "Function that takes an attribute set and returns a list containing a selection of the values of the input set";
    check = lib.isFunction;
    merge =
      _loc: defs: set:
      lib.concatMap (def: def.value set) defs;
  };

  overlayFunction = mkOptionType {
    name = "overlayFunction";
    description = "An overlay function, takes self and super and returns an attribute set overriding the desired attributes.";
    check = lib.isFunction;
    merge =
      _loc: defs: self: super:
      builtins.foldl' (result: def: result // def.value self super) { } defs;
  };

  fontType = types.submodule {
    options = {
      package = mkOption {
        type = types.nullOr types.package;
        default = null;
        example = lib.literalExpression "pkgs.dejavu_fonts";
        description = ''
          The package that holds the font; it is added to the profile. With `null` the
          font has to be there already.
        '';
      };

      name = mkOption {
        type = types.str;
        example = "DejaVu Sans";
        description = "The name of the font's family.";
      };

      size = mkOption {
        type = types.nullOr types.number;
        default = null;
        example = 8;
        description = "The size of the font.";
      };
    };
  };

  # The generator `lib.hm.generators.toSCFG` checks the shape itself.
  SCFGDirectives = types.anything;
}
