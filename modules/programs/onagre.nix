{
  title = "Onagre, which starts programs";
  docs = "https://docs.onagre.dev/";
  linuxOnly = true;

  files.style = {
    format = "lines";
    xdg = "onagre/theme.scss";
    example = ''
      .onagre { height: 250px; }
    '';
  };
}
