{
  title = "rTorrent, a BitTorrent client for the terminal";
  docs = "https://rtorrent-docs.readthedocs.io/en/latest/cookbook.html";
  renamed.settings = "extraConfig";

  files.extraConfig = {
    format = "lines";
    xdg = "rtorrent/rtorrent.rc";
    example = ''
      session.path.set = ~/.local/state/rtorrent
    '';
  };
}
