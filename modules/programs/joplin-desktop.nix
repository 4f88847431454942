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
  file = "${config.xdg.configHome}/joplin-desktop/settings.json";

  targets = {
    undefined = null;
    none = 0;
    file-system = 2;
    onedrive = 3;
    nextcloud = 5;
    webdav = 6;
    dropbox = 7;
    s3 = 8;
    joplin-server = 9;
    joplin-cloud = 10;
  };

  # In seconds.
  intervals = {
    undefined = null;
    disabled = 0;
    "5m" = 300;
    "10m" = 600;
    "30m" = 1800;
    "1h" = 3600;
    "12h" = 43200;
    "1d" = 86400;
  };

  settings = lib.filterAttrs (_name: value: value != null && value != "") (
    {
      inherit (cfg.general) editor;
      "sync.target" = targets.${cfg.sync.target};
      "sync.interval" = intervals.${cfg.sync.interval};
    }
    // cfg.extraConfig
  );
in
{
  title = "Joplin, which keeps notes";
  docs = "https://joplinapp.org/help/apps/config_screen/";

  options = {
    extraConfig = option types.attrs { } "Further settings, by their names in {file}`settings.json`." // {
      example."markdown.plugin.mark" = true;
    };

    general.editor = option (types.nullOr types.str) null "Command of an external editor." // {
      example = "kate";
    };

    sync = {
      target = option (types.enum [
        "undefined"
        "none"
        "file-system"
        "onedrive"
        "nextcloud"
        "webdav"
        "dropbox"
        "s3"
        "joplin-server"
        "joplin-cloud"
      ]) "undefined" "What notes are synchronized with; as chosen in Joplin if undefined." // {
        example = "dropbox";
      };

      interval = option (types.enum [
        "undefined"
        "disabled"
        "5m"
        "10m"
        "30m"
        "1h"
        "12h"
        "1d"
      ]) "undefined" "How often they are; as chosen in Joplin if undefined." // {
        example = "10m";
      };
    };
  };

  # Joplin's own settings stay where ours say nothing of them.
  config.home.activation.activateJoplinDesktopConfig = lib.hm.dag.entryAfter [ "linkGeneration" ] ''
    # Ensure that settings.json exists.
    mkdir -p ${dirOf file}
    touch ${file}
    # Config has to be written to temporary variable because jq cannot edit files in place.
    config="$(jq -s '.[0] + .[1]' ${file} ${
      (pkgs.formats.json { }).generate "joplin-settings.json" settings
    })"
    printf '%s\n' "$config" > ${file}
    unset config
  '';
}
