# The options of a profile.
{
  cfg,
  enableBookmarks,
  helpers,
  lib,
  modulePath,
  pkgs,
  appName,
}:

{ config, name, ... }:

let
  inherit (lib) mkOption types;
  inherit (lib.hm.options) option;

  jsonFormat = pkgs.formats.json { };

  profilePath = modulePath ++ [
    "profiles"
    name
  ];

  bookmarkTypes = import ./bookmark-types.nix { inherit lib; };

  # A submodule in a file of its own.
  part = file: attribute: args:
    import file {
      inherit (args) config;
      inherit
        lib
        pkgs
        appName
        ;
      package = cfg.finalPackage;
      modulePath = profilePath ++ [ attribute ];
      profilePath = config.path;
    };

  containerModule =
    { name, ... }:
    {
      options = {
        name = option types.str name "Name that is shown.";
        id = option types.ints.unsigned 1 "Number of the container, from 1 to 4294967293; no two have the same.";
        color = option (types.enum [
          "blue"
          "turquoise"
          "green"
          "yellow"
          "orange"
          "red"
          "pink"
          "purple"
          "toolbar"
        ]) "pink" "Color of the container.";
        icon = option (types.enum [
          "briefcase"
          "cart"
          "circle"
          "dollar"
          "fence"
          "fingerprint"
          "gift"
          "vacation"
          "food"
          "fruit"
          "pet"
          "tree"
          "chill"
        ]) "fruit" "Icon of the container.";
      };
    };
in
{
  imports = [ ../../misc/assertions.nix ];

  options = {
    name = option types.str name "Name of the profile.";

    id = option types.ints.unsigned 0 "Number of the profile; no two have the same.";

    storeId =
      option (types.nullOr (types.strMatching "[0-9a-f]{8}")) null ''
        Id of the group of profiles that the new profile manager shows.
      ''
      // {
        example = "e41de5fe";
      };

    path = option types.str name "Directory of the profile, below that of all profiles.";

    isDefault = option types.bool (config.id == 0) "Whether this is the default profile." // {
      defaultText = "true if profile ID is 0";
    };

    settings =
      option
        (types.attrsOf (
          jsonFormat.type
          // {
            description = "${appName} preference (int, bool, string, and also attrs, list, float as a JSON string)";
          }
        ))
        { }
        ''
          Preferences, which {file}`about:config` lists. They are written to {file}`user.js`. Sets, lists and
          floats become strings with JSON.
        ''
      // {
        example."browser.startup.homepage" = "https://example.org";
      };

    preConfig = option types.lines "" "Lines at the start of {file}`user.js`.";
    extraConfig = option types.lines "" "Lines at the end of {file}`user.js`.";

    userChrome = option (types.oneOf [ types.lines types.path ]) "" "Style of the browser: contents of {file}`userChrome.css`, or a file." // {
      example = ''
        #TabsToolbar { visibility: collapse; }
      '';
    };

    userContent = option (types.oneOf [ types.lines types.path ]) "" "Style of pages: contents of {file}`userContent.css`, or a file." // {
      example = ''
        * { scrollbar-width: none !important; }
      '';
    };

    bookmarks =
      option
        (types.coercedTo bookmarkTypes.settingsType
          (
            bookmarks:
            lib.optionalAttrs (bookmarks != { }) {
              force = true;
              _legacySettings = if lib.isList bookmarks then "a list" else "an attribute set";
              settings = bookmarks;
            }
          )
          (types.submodule (part ./bookmarks.nix "bookmarks"))
        )
        { }
        "Bookmarks."
      // {
        internal = !enableBookmarks;
      };

    search = option (types.submodule (part ./search.nix "search")) { } "Search engines.";

    handlers = option (types.submodule (part ./handlers.nix "handlers")) { } "How files and links are opened.";

    containersForce = option types.bool false "Whether to replace an existing {file}`containers.json`.";

    containers = option (types.attrsOf (types.submodule containerModule)) { } "Containers, which keep groups of sites apart." // {
      example.shopping = {
        id = 1;
        color = "blue";
        icon = "cart";
      };
    };

    extensions =
      option (types.submodule (import ./extensions.nix { inherit lib jsonFormat; })) { } "Extensions of the profile."
      // {
        example = lib.literalExpression ''
          {
            packages = [ pkgs.nur.repos.rycee.firefox-addons.ublock-origin ];
          }
        '';
      };
  };

  config = {
    settings = lib.mkMerge [
      (lib.mkIf (config.userChrome != "") {
        "toolkit.legacyUserProfileCustomizations.stylesheets" = lib.mkDefault true;
      })
      (lib.mkIf (config.storeId != null) {
        "toolkit.profiles.storeID" = lib.mkDefault config.storeId;
      })
    ];

    assertions = [
      (helpers.noSharedIds appName "container" config.containers)
      {
        assertion =
          config.storeId == null
          || config.settings."toolkit.profiles.storeID" or config.storeId == config.storeId;
        message = ''
          ${lib.concatStringsSep "." modulePath}.profiles.${name}.storeId must match
          ${lib.concatStringsSep "." modulePath}.profiles.${name}.settings."toolkit.profiles.storeID"
        '';
      }
    ]
    ++ import ./extension-assertions.nix {
      inherit lib profilePath;
      inherit (config) extensions;
    }
    ++ config.bookmarks.assertions;
  };
}
