# Entries for the menus of desktops.
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

  icon = optional (types.either types.str types.path) "Its icon: a name or a file.";

  actionOptions =
    { name, ... }:
    {
      options = {
        name = mkOption {
          type = types.str;
          default = name;
          defaultText = lib.literalExpression "<name>";
          description = "What the menu calls it.";
        };
        exec = optional types.str "What it runs.";
        inherit icon;
      };
    };

  entryType = types.submodule {
    imports = [
      (lib.mkRemovedOptionModule [ "extraConfig" ]
        "The `extraConfig` option of `xdg.desktopEntries` has been removed following a change in Nixpkgs."
      )
      (lib.mkRemovedOptionModule [ "fileValidation" ] "Validation of the desktop file is always enabled.")
    ];

    options = {
      type = mkOption {
        type = types.enum [
          "Application"
          "Link"
          "Directory"
        ];
        default = "Application";
        description = "What the entry is of.";
      };
      name = mkOption {
        type = types.str;
        description = "What the menu calls it.";
      };
      genericName = optional types.str "What it is, as `Web Browser`.";
      comment = optional types.str "A line more about it.";
      exec = optional types.str "What it runs, with arguments.";
      inherit icon;
      terminal = optional types.bool "Whether it runs in a terminal." // {
        default = false;
      };
      mimeType = optional (types.listOf types.str) "Types of files that it can open.";
      categories = optional (types.listOf types.str) "Where in a menu it belongs.";
      startupNotify = optional types.bool "Whether it tells the desktop when it has started.";
      noDisplay = optional types.bool "Whether menus leave it out.";
      prefersNonDefaultGPU = optional types.bool "Whether it runs best on the faster graphics card.";
      settings = mkOption {
        type = types.attrsOf types.str;
        default = { };
        example.Keywords = "calc;math";
        description = "Further keys of the entry.";
      };
      actions = mkOption {
        type = types.attrsOf (types.submodule actionOptions);
        default = { };
        example = lib.literalExpression ''
          { "New Window".exec = "''${pkgs.firefox}/bin/firefox --new-window %u"; }
        '';
        description = "What else the menu can have it do.";
      };

      # Where the messages about removed options are.
      assertions = mkOption {
        type = types.listOf types.unspecified;
        default = [ ];
        visible = false;
        internal = true;
      };
    };
  };

  asPackage =
    name: entry:
    pkgs.makeDesktopItem {
      inherit name;
      desktopName = entry.name;
      mimeTypes = if entry.mimeType == null then [ ] else entry.mimeType;
      categories = if entry.categories == null then [ ] else entry.categories;
      extraConfig = entry.settings;
      inherit (entry)
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
    };

  # The embedded packages have no such builder: the same as a file.
  asFile =
    name: entry:
    let
      list = values: if values == null || values == [ ] then null else "${lib.concatStringsSep ";" values};";
      keys = {
        Type = entry.type;
        Version = "1.5";
        Name = entry.name;
        GenericName = entry.genericName;
        Comment = entry.comment;
        Exec = entry.exec;
        Icon = entry.icon;
        Terminal = entry.terminal;
        MimeType = list entry.mimeType;
        Categories = list entry.categories;
        StartupNotify = entry.startupNotify;
        NoDisplay = entry.noDisplay;
        PrefersNonDefaultGPU = entry.prefersNonDefaultGPU;
        Actions = list (builtins.attrNames entry.actions);
      }
      // entry.settings;
      action =
        id: value:
        "\n"
        + section "Desktop Action ${id}" {
          Name = value.name;
          Exec = value.exec;
          Icon = value.icon;
        };
      section = name: values: lib.generators.toINI { } { ${name} = lib.filterAttrs (_key: value: value != null) values; };
    in
    pkgs.writeTextDir "share/applications/${name}.desktop" (
      # The entry itself has to come first.
      section "Desktop Entry" keys + lib.concatStrings (lib.mapAttrsToList action entry.actions)
    );

  make = if pkgs.isHomeManagerEmbedded or false && !(pkgs ? makeDesktopItem) then asFile else asPackage;
in
{
  options.xdg.desktopEntries = mkOption {
    type = types.attrsOf entryType;
    default = { };
    example.firefox = {
      name = "Firefox";
      genericName = "Web Browser";
      exec = "firefox %U";
      categories = [
        "Network"
        "WebBrowser"
      ];
      mimeType = [ "text/html" ];
    };
    description = ''
      Entries for the menu of the desktop, by the names of their files. They replace those of
      packages. See <https://specifications.freedesktop.org/desktop-entry-spec/latest/recognized-keys.html>.
    '';
  };

  config = lib.mkIf (config.xdg.desktopEntries != { }) {
    assertions = [
      (lib.hm.assertions.assertPlatform "xdg.desktopEntries" pkgs lib.platforms.linux)
    ]
    ++ lib.concatMap (entry: entry.assertions) (builtins.attrValues config.xdg.desktopEntries);

    home.packages = map lib.hiPrio (lib.mapAttrsToList make config.xdg.desktopEntries);
  };
}
