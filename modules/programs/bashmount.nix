{
  title = "bashmount, which mounts removable media";
  docs = "https://github.com/jamielinux/bashmount";

  files.extraConfig = {
    format = "lines";
    xdg = "bashmount/config";
    example = ''
      default_mount_options="--options nosuid"
    '';
  };
}
