{
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "swayimg, which shows pictures on Wayland";
  docs = "https://github.com/artemsen/swayimg/blob/master/CONFIG.md";
  linuxOnly = true;

  removed.settings = "Upstream moved to a lua config. This option has been replaced by programs.swayimg.initLua.";

  options.initLua = option (types.nullOr (types.either types.path types.lines)) null "Contents of {file}`$XDG_CONFIG_HOME/swayimg/init.lua`, or a file. See <https://github.com/artemsen/swayimg/blob/master/CONFIG.md>." // {
    example = ''
      swayimg.viewer.set_default_scale("fill")
    '';
  };

  config.xdg.configFile."swayimg/init.lua" = lib.mkIf (cfg.initLua != null) {
    text = if lib.isPath cfg.initLua then lib.readFile cfg.initLua else cfg.initLua;
  };
}
