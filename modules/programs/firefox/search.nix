# The options of a profile's search engines.
{
  config,
  lib,
  pkgs,
  appName,
  package,
  modulePath,
  profilePath,
}:

let
  inherit (lib) types;
  inherit (lib.hm.options) option;

  jsonFormat = pkgs.formats.json { };

  engineIds = import ./engine-ids.nix;

  idOf =
    engine:
    if engineIds ? ${engine} then
      lib.warn "Search engines are now referenced by id instead of by name, use '${engineIds.${engine}}' instead of '${engine}'" engineIds.${engine}
    else
      engine;

  defaultOption =
    description:
    option (types.nullOr types.str) null description
    // {
      apply = engine: if engine == null then null else idOf engine;
      example = "ddg";
    };
in
{
  imports = [ ../../misc/assertions.nix ];

  options = {
    enable =
      option types.bool (
        config.default != null
        || config.privateDefault != null
        || config.order != [ ]
        || config.engines != { }
      ) "Whether search engines are configured."
      // {
        internal = true;
      };

    force = option types.bool false ''
      Whether to replace an existing {file}`search.json.mozlz4`. Firefox replaces the link with a file
      whenever it saves its engines, so this is nearly always wanted.
    '';

    default = defaultOption "Id of the default search engine.";
    privateDefault = defaultOption "Id of the default search engine in private windows.";

    order =
      option (types.uniq (types.listOf types.str)) [ ] ''
        Ids of engines, in the order that they are shown in. Others come after them.
      ''
      // {
        apply = map idOf;
        example = [
          "ddg"
          "google"
        ];
      };

    engines =
      option (types.attrsOf (types.attrsOf jsonFormat.type)) { } ''
        Search engines by id. One with no attributes but `metaData` is an engine that the browser has. See
        <https://searchfox.org/mozilla-central/rev/669329e284f8e8e2bb28090617192ca9b4ef3380/toolkit/components/search/SearchEngine.jsm#1138-1177>.
      ''
      // {
        apply = lib.mapAttrs' (name: lib.nameValuePair (idOf name));
        example = lib.literalExpression ''
          {
            nixos-wiki = {
              name = "NixOS Wiki";
              urls = [ { template = "https://wiki.nixos.org/w/index.php?search={searchTerms}"; } ];
              definedAliases = [ "@nw" ];
            };
            bing.metaData.hidden = true;
          }
        '';
      };

    file = lib.mkOption {
      type = types.path;
      internal = true;
      readOnly = true;
      default = import ./search-file.nix {
        inherit
          appName
          config
          lib
          modulePath
          package
          pkgs
          profilePath
          ;
      };
      description = "The file {file}`search.json.mozlz4`.";
    };
  };
}
