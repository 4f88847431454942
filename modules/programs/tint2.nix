{
  title = "tint2, a panel for X";
  docs = "https://gitlab.com/o9000/tint2/-/blob/master/doc/tint2.md";

  files.extraConfig = {
    format = "lines";
    xdg = "tint2/tint2rc";
    example = ''
      panel_items = TSC
    '';
  };
}
