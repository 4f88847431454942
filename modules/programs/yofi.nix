{
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "yofi, which starts programs";
  docs = "https://github.com/l4l/yofi/wiki";
  linuxOnly = true;

  files.settings = {
    format = "toml";
    storeName = "yofi-config";
    xdg = "yofi/yofi.config";
    example.width = 400;
  };

  options.blacklist = option (types.listOf types.str) [ ] "Names of desktop files that are not shown." // {
    example = [ "firefox" ];
  };

  config.xdg.configFile."yofi/blacklist" = lib.mkIf (cfg.blacklist != [ ]) {
    text = lib.concatMapStringsSep "\n" (name: "${name}.desktop") cfg.blacklist;
  };
}
