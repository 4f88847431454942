{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  json = pkgs.formats.json { };
in
{
  title = "pandoc, which converts documents";
  docs = "https://pandoc.org/MANUAL.html#defaults-files";
  nullable = false;
  installed = cfg.finalPackage;

  options = {
    finalPackage = lib.mkOption {
      type = types.package;
      readOnly = true;
      description = "The package with the defaults.";
    };

    defaults = option json.type { } "Defaults for each call. See <https://pandoc.org/MANUAL.html#defaults-files>." // {
      example = {
        metadata.author = "Jane Doe";
        pdf-engine = "xelatex";
      };
    };

    defaultsFile = lib.mkOption {
      type = types.path;
      readOnly = true;
      description = "The file of the defaults.";
    };

    templates = option (types.attrsOf types.path) { } "Templates by the name of their file. See <https://pandoc.org/MANUAL.html#templates>." // {
      example = lib.literalExpression ''{ "default.latex" = ./template.latex; }'';
    };

    citationStyles = option (types.listOf types.path) [ ] "Files with styles of citations." // {
      example = lib.literalExpression "[ ./style.csl ]";
    };
  };

  config = {
    programs.pandoc = {
      defaultsFile = json.generate "hm.json" cfg.defaults;

      finalPackage = pkgs.symlinkJoin {
        name = "pandoc-with-defaults";
        paths = [ cfg.package ];
        nativeBuildInputs = [ pkgs.makeWrapper ];
        postBuild = ''
          wrapProgram "$out/bin/pandoc" \
            --add-flags '--defaults "${cfg.defaultsFile}"'
        '';
      };
    };

    xdg.dataFile =
      lib.hm.files.inDirectory "pandoc/templates" "" (_name: source: { inherit source; }) cfg.templates
      // lib.listToAttrs (
        map (
          style:
          lib.nameValuePair "pandoc/csl/${builtins.unsafeDiscardStringContext (baseNameOf style)}" {
            source = style;
          }
        ) cfg.citationStyles
      );
  };
}
