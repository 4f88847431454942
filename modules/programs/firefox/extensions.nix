# The options of a profile's extensions.
{ lib, jsonFormat }:

let
  inherit (lib) types;
  inherit (lib.hm.options) option;

  switch = description: option types.bool false description // { example = true; };
in
{
  options = {
    packages = option (types.listOf types.package) [ ] ''
      Packages of extensions, which have them in {file}`share/mozilla/extensions`. Each must be
      switched on by hand once.
    '' // {
      example = lib.literalExpression "[ pkgs.nur.repos.rycee.firefox-addons.privacy-badger ]";
    };

    force = switch "Whether to replace all earlier settings of extensions.";

    exhaustivePermissions = switch ''
      Whether `settings.NAME.permissions` must allow all that any of the extensions asks for.
    '';

    exactPermissions = switch ''
      Whether `settings.NAME.permissions` must be just what the extension asks for.
    '';

    settings =
      option
        (types.attrsOf (
          types.submodule {
            options = {
              settings = option (types.attrsOf jsonFormat.type) { } "Data that the extension stores.";

              permissions =
                option (types.nullOr (types.listOf types.str)) null ''
                  Permissions that the extension may ask for. It is an error if it asks for others.
                ''
                // {
                  example = [ "activeTab" ];
                  defaultText = "Any permissions";
                };

              force = switch "Whether to replace earlier settings of the extension.";
            };
          }
        ))
        { }
        "Settings of extensions, by their ids."
      // {
        example = {
          "uBlock0@raymondhill.net".settings.selectedFilterLists = [ "ublock-filters" ];
        };
      };
  };
}
