# Entries of the application menu.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  optional =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
  icon = types.either types.str types.path;

  action = types.submodule (
    { name, ... }:
    {
      options = {
        name = mkOption {
          type = types.str;
          default = name;
          defaultText = lib.literalExpression "<name>";
          description = "What the action is called.";
        };
        exec = optional types.str "The command.";
        icon = optional icon "The icon.";
      };
    }
  );

  entry = types.submodule {
    imports = [
      (lib.mkRemovedOptionModule [ "extraConfig" ] "Use `settings` for further keys.")
      (lib.mkRemovedOptionModule [ "fileValidation" ] "Entries are always validated.")
    ];
    options = {
      type = mkOption {
        type = types.enum [ "Application" "Link" "Directory" ];
        default = "Application";
        description = "What kind of entry it is.";
      };
      name = mkOption {
        type = types.str;
        description = "The name that is shown.";
      };
      exec = optional types.str "The command, perhaps with fields like %U.";
      icon = optional icon "The icon.";
      comment = optional types.str "A tooltip.";
      genericName = optional types.str "What kind of program it is.";
      mimeType = optional (types.listOf types.str) "The types that it can open.";
      categories = optional (types.listOf types.str) "Where it is in the menu.";
      startupNotify = optional types.bool "Whether it tells when it has started.";
      noDisplay = optional types.bool "Whether it is hidden from menus.";
      prefersNonDefaultGPU = optional types.bool "Whether it wants the faster graphics card.";
      terminal = mkOption {
        type = types.nullOr types.bool;
        default = false;
        description = "Whether it runs in a terminal.";
      };
      settings = mkOption {
        type = types.attrsOf types.str;
        default = { };
        example.Keywords = "calc;math";
        description = "Further keys.";
      };
      actions = mkOption {
        type = types.attrsOf action;
        default = { };
        description = "Further actions of the entry.";
      };
      assertions = mkOption {
        type = types.listOf types.unspecified;
        default = [ ];
        internal = true;
        visible = false;
        description = "Conditions of this entry.";
      };
    };
  };

  make =
    name: one:
    (pkgs.makeDesktopItem or (import ./support/make-desktop-item.nix { inherit lib pkgs; })) {
      inherit name;
      inherit (one)
        type
        exec
        icon
        comment
        terminal
        genericName
        startupNotify
        noDisplay
        prefersNonDefaultGPU
        actions
        ;
      desktopName = one.name;
      mimeTypes = if one.mimeType == null then [ ] else one.mimeType;
      categories = if one.categories == null then [ ] else one.categories;
      extraConfig = one.settings;
    };

  entries = config.xdg.desktopEntries;
in
{
  options.xdg.desktopEntries = mkOption {
    type = types.attrsOf entry;
    default = { };
    description = "Entries that are added to the menu, or stand in for those of packages.";
  };

  config = lib.mkIf (entries != { }) {
    assertions = [
      (lib.hm.assertions.assertPlatform "xdg.desktopEntries" pkgs lib.platforms.linux)
    ] ++ lib.concatMap (one: one.assertions) (builtins.attrValues entries);

    home.packages = map lib.hiPrio (lib.mapAttrsToList make entries);
  };
}
