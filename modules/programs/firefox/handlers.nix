# The options of a profile's handlers, and the file of them.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) types;
  inherit (lib.hm.options) option;

  jsonFormat = pkgs.formats.json { };

  optionalText = option (types.nullOr types.str) null;

  handlerOptions = {
    action = option (types.enum [
      0
      1
      2
      3
      4
    ]) 1 "What is done: 0 saves the file, 1 asks or handles it within, 2 calls the first handler, 3 handles it in the browser, 4 calls the default of the system.";

    ask = option types.bool false "Whether the user is asked each time.";

    handlers = option (types.listOf (
      types.submodule {
        options = {
          name = optionalText "Name that is shown.";
          path = optionalText "Program to call.";
          uriTemplate = optionalText "Address to open, where `%s` stands for that of the file or link.";
        };
      }
    )) [ ] "Handlers; the first is the preferred one.";
  };

  withoutEmpty = lib.mapAttrs (
    _name: handling:
    removeAttrs handling [ "handlers" ]
    // lib.optionalAttrs (handling.handlers != [ ]) {
      handlers = map (lib.filterAttrsRecursive (_name: value: value != null)) handling.handlers;
    }
  );
in
{
  imports = [ ../../misc/assertions.nix ];

  options = {
    enable =
      option types.bool (config.schemes != { } || config.mimeTypes != { }) "Whether there are handlers."
      // {
        internal = true;
      };

    force = option types.bool false "Whether to replace an existing {file}`handlers.json`.";

    mimeTypes =
      option
        (types.attrsOf (
          types.submodule {
            options = handlerOptions // {
              extensions =
                option (types.listOf (types.strMatching "^[^\\.].+$")) [ ] "Extensions of such files, without the dot."
                // {
                  example = [
                    "jpg"
                    "jpeg"
                  ];
                };
            };
          }
        ))
        { }
        "How files are opened, by their MIME type."
      // {
        example."application/pdf" = {
          action = 2;
          handlers = [
            {
              name = "zathura";
              path = "/usr/bin/zathura";
            }
          ];
        };
      };

    schemes = option (types.attrsOf (types.submodule { options = handlerOptions; })) { } "How links are opened, by their scheme." // {
      example.mailto = {
        action = 2;
        handlers = [
          {
            name = "Gmail";
            uriTemplate = "https://mail.google.com/mail/?extsrc=mailto&url=%s";
          }
        ];
      };
    };

    finalSettings = lib.mkOption {
      inherit (jsonFormat) type;
      internal = true;
      readOnly = true;
      default = {
        defaultHandlersVersion = { };
        isDownloadsImprovementsAlreadyMigrated = false;
        mimeTypes = withoutEmpty config.mimeTypes;
        schemes = withoutEmpty config.schemes;
      };
      description = "Contents of {file}`handlers.json`.";
    };

    configFile = lib.mkOption {
      type = types.path;
      internal = true;
      readOnly = true;
      default = jsonFormat.generate "handlers.json" config.finalSettings;
      description = "The file {file}`handlers.json`.";
    };
  };
}
