# The files of a profile.
{
  lib,
  pkgs,
  helpers,
  addonsPath,
  profile,
  directory,
}:

let
  inherit (lib) mkIf;

  textOrFile =
    value: mkIf (value != "") (if lib.isString value then { text = value; } else { source = value; });

  addons = pkgs.buildEnv {
    name = "hm-firefox-extensions";
    paths = profile.extensions.packages;
  };

  storage =
    id: extension:
    mkIf (extension.settings != { }) {
      "${directory}/browser-extension-data/${id}/storage.js" = {
        force = extension.force || profile.extensions.force;
        text = builtins.toJSON extension.settings;
      };
    };
in
lib.mkMerge (
  [
    {
      "${directory}/.keep".text = "";

      "${directory}/chrome/userChrome.css" = textOrFile profile.userChrome;
      "${directory}/chrome/userContent.css" = textOrFile profile.userContent;

      "${directory}/user.js" =
        mkIf
          (
            profile.preConfig != ""
            || profile.settings != { }
            || profile.extraConfig != ""
            || profile.bookmarks.configFile != null
            || helpers.hasExtensionSettings profile
          )
          {
            text = helpers.userJs profile;
          };

      "${directory}/containers.json" = mkIf (profile.containers != { }) {
        text = helpers.containersJson profile.containers;
        force = profile.containersForce;
      };

      "${directory}/search.json.mozlz4" = mkIf profile.search.enable {
        inherit (profile.search) enable force;
        source = profile.search.file;
      };

      "${directory}/handlers.json" = mkIf profile.handlers.enable {
        source = profile.handlers.configFile;
        inherit (profile.handlers) force;
      };

      "${directory}/extensions" = mkIf (profile.extensions.packages != [ ]) {
        source = "${addons}/${addonsPath}";
        recursive = true;
        force = true;
      };
    }
  ]
  ++ lib.mapAttrsToList storage profile.extensions.settings
)
