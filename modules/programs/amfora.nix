{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "Amfora, a browser of Gemini";
  docs = "https://github.com/makew0rld/amfora/wiki/Configuration";

  files.settings = {
    format = "toml";
    storeName = "amfora-config.toml";
    xdg = "amfora/config.toml";
    example.a-general.home = "gemini://geminiprotocol.net";
  };

  options.bookmarks = option (types.either types.str types.path) "" "Bookmarks, in the format XBEL, or a file of them." // {
    example = lib.literalExpression "./bookmarks.xml";
  };

  config.xdg.dataFile."amfora/bookmarks.xml" = lib.mkIf (cfg.bookmarks != "") {
    source =
      if lib.isPath cfg.bookmarks then
        cfg.bookmarks
      else
        pkgs.writeText "amfora-bookmarks.xml" cfg.bookmarks;
  };
}
