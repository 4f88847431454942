{
  title = "mpvpaper, which plays videos as the wallpaper";
  docs = "https://github.com/GhostNaN/mpvpaper";
  linuxOnly = true;

  files = {
    pauseList = {
      format = "lines";
      xdg = "mpvpaper/pauselist";
      description = "Programs that pause the video while they run, one a line.";
      example = ''
        firefox
        steam
      '';
    };
    stopList = {
      format = "lines";
      xdg = "mpvpaper/stoplist";
      description = "Programs that stop the video while they run, one a line.";
      example = ''
        steam
      '';
    };
  };
}
