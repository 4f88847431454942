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
  ini = pkgs.formats.ini { listsAsDuplicateKeys = true; };
  directory = "${config.xdg.configHome}/distrobox";

  # Containers are made again only when the file changed.
  script = pkgs.writeShellScript "distrobox-home-manager" ''
    PATH=/run/current-system/sw/bin:

    containers_file=${directory}/containers.ini
    prev_hash_file=${directory}/prev_hash
    new_hash=$(sha256sum $containers_file | cut -f 1 -d " ")

    if [[ -f $prev_hash_file ]]; then
      prev_hash=$(cat $prev_hash_file)
    else
      prev_hash=0
    fi

    if [[ $prev_hash != $new_hash ]]; then
      rm -rf /tmp/storage-run-1000/containers
      rm -rf /tmp/storage-run-1000/libpod/tmp
      ${cfg.package}/bin/distrobox-assemble create --file $containers_file
      echo $new_hash > $prev_hash_file
    fi
  '';
in
{
  title = "distrobox, other distributions in containers";
  docs = "https://distrobox.it/usage/distrobox-assemble/";
  linuxOnly = true;

  options = {
    enableSystemdUnit = option types.bool (cfg.containers != { } && cfg.package != null) "Whether a service makes the containers." // {
      defaultText = "config.programs.distrobox.containers != { } && config.programs.distrobox.package != null";
      example = false;
    };

    settings = option (types.attrsOf ini.lib.types.atom) { } "Settings. See <https://distrobox.it/#configure-distrobox>." // {
      example.container_manager = "docker";
    };

    containers = option ini.type { } "Containers by name. See <https://distrobox.it/usage/distrobox-assemble/>." // {
      example.python-project = {
        image = "fedora:40";
        additional_packages = "python3 git";
      };
    };
  };

  config = {
    assertions = [
      {
        assertion = cfg.enableSystemdUnit -> cfg.containers != { };
        message = "Cannot set `programs.distrobox.enableSystemdUnit` if `programs.distrobox.containers` is unset.";
      }
      {
        assertion = cfg.enableSystemdUnit -> cfg.package != null;
        message = "Cannot set `programs.distrobox.enableSystemdUnit` if `programs.distrobox.package` is set to null.";
      }
    ];

    xdg.configFile = {
      "distrobox/containers.ini" = lib.mkIf (cfg.containers != { }) {
        source = ini.generate "distrobox-containers.ini" cfg.containers;
      };
      "distrobox/distrobox.conf" = lib.mkIf (cfg.settings != { }) {
        text = lib.generators.toKeyValue {
          mkKeyValue =
            name: value: if lib.isString value then ''${name}="${value}"'' else "${name}=${toString value}";
        } cfg.settings;
      };
    };

    systemd.user.services.distrobox-home-manager =
      lib.mkIf (cfg.enableSystemdUnit && cfg.package != null)
        {
          Unit.Description = "Build the containers declared in ~/.config/distrobox/containers.ini";
          Install.WantedBy = [ "default.target" ];
          Service.ExecStart = "${script}";
        };
  };
}
