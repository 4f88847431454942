{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  line =
    name: value:
    builtins.toJSON {
      _id = name;
      inherit value;
    };

  directory = "${config.xdg.configHome}/FreeTube";
in
{
  title = "FreeTube, a client of YouTube";
  docs = "https://docs.freetubeapp.io/usage/data-location/";

  options.settings = option types.attrs { } "Settings. See <https://github.com/FreeTubeApp/FreeTube/blob/development/src/renderer/store/modules/settings.js>." // {
    example = {
      checkForUpdates = false;
      defaultQuality = "1080";
    };
  };

  # FreeTube itself writes its file.
  config.xdg.configFile."FreeTube/hm_settings.db" = {
    source = pkgs.writeText "hm_settings.db" (lib.concatLines (lib.mapAttrsToList line cfg.settings));
    onChange = ''
      run install -Dm644 $VERBOSE_ARG '${directory}/hm_settings.db' '${directory}/settings.db'
    '';
  };
}
