# Documentation to install. There is none yet but that of options as JSON.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.manual;

  switch =
    description:
    mkOption {
      type = types.bool;
      default = false;
      inherit description;
    };

  document = option: {
    name = lib.showOption option.loc;
    value = {
      inherit (option) loc readOnly;
      description = option.description or null;
      type = option.type or "unspecified";
      declarations = map toString (option.declarations or [ ]);
    }
    // lib.optionalAttrs (option ? default) { inherit (option) default; }
    // lib.optionalAttrs (option ? example) { inherit (option) example; };
  };

  visible = builtins.filter (option: (option.visible or true) == true && !option.internal) (
    lib.optionAttrSetToDocList (removeAttrs options [ "_module" ])
  );

  optionsJson = pkgs.writeTextDir "share/doc/home-manager/options.json" (
    builtins.unsafeDiscardStringContext (builtins.toJSON (builtins.listToAttrs (map document visible)))
  );
in
{
  options.manual = {
    html.enable = switch "Reserved for a manual as web pages; has no effect.";
    manpages.enable = switch "Reserved for manual pages; has no effect.";
    json.enable = switch ''
      Whether to install a list of all options as
      {file}`share/doc/home-manager/options.json`.
    '';
  };

  config.home.packages = lib.mkIf cfg.json.enable [ optionsJson ];
}
