{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  inherit (cfg) scroll;
  prefixed = prefix: lib.mapAttrs' (name: lib.nameValuePair "URxvt.${prefix}${name}");
in
{
  title = "rxvt-unicode, a terminal emulator for X";
  docs = "http://pod.tst.eu/http://cvs.schmorp.de/rxvt-unicode/doc/rxvt.1.pod";
  package = "rxvt-unicode";

  options = {
    fonts = option (types.listOf types.str) [ ] "Fonts, in the order that they are tried in." // {
      example = [ "xft:Droid Sans Mono Nerd Font:size=9" ];
    };

    keybindings = option (types.attrsOf types.str) { } "Actions by key." // {
      example."Shift-Control-C" = "eval:selection_to_clipboard";
    };

    iso14755 = option types.bool true "Whether characters can be given by their number, with Ctrl and Shift.";

    scroll = {
      bar = option (types.submodule {
        options = {
          enable = option types.bool true "Whether there is a scroll bar.";
          style = option (types.enum [
            "rxvt"
            "plain"
            "next"
            "xterm"
          ]) "plain" "Style of the bar.";
          align = option (types.enum [
            "top"
            "bottom"
            "center"
          ]) "center" "Where the bar is aligned.";
          position = option (types.enum [
            "left"
            "right"
          ]) "right" "Side of the bar.";
          floating = option types.bool true "Whether the bar has no trough.";
        };
      }) { } "The scroll bar.";

      lines = option types.ints.unsigned 10000 "Number of lines that are kept.";
      keepPosition = option types.bool true "Whether the position stays when lines are added.";
      scrollOnKeystroke = option types.bool true "Whether a key scrolls to the end.";
      scrollOnOutput = option types.bool false "Whether output scrolls to the end.";
    };

    transparent = option types.bool false "Whether the background is seen through.";
    shading = option (types.ints.between 0 200) 100 "Brightness of a transparent background: darker below 100, lighter above.";

    extraConfig = option (types.attrsOf types.anything) { } "Further resources, without `URxvt.`. See {manpage}`urxvt(1)`." // {
      example.shading = 15;
    };
  };

  config.xresources.properties = {
    "URxvt.scrollBar" = scroll.bar.enable;
    "URxvt.scrollstyle" = scroll.bar.style;
    "URxvt.scrollBar_align" = scroll.bar.align;
    "URxvt.scrollBar_right" = scroll.bar.position == "right";
    "URxvt.scrollBar_floating" = scroll.bar.floating;
    "URxvt.saveLines" = scroll.lines;
    "URxvt.scrollWithBuffer" = scroll.keepPosition;
    "URxvt.scrollTtyKeypress" = scroll.scrollOnKeystroke;
    "URxvt.scrollTtyOutput" = scroll.scrollOnOutput;
    "URxvt.transparent" = cfg.transparent;
    "URxvt.shading" = cfg.shading;
    "URxvt.iso14755" = cfg.iso14755;
  }
  // prefixed "keysym." cfg.keybindings
  // lib.optionalAttrs (cfg.fonts != [ ]) { "URxvt.font" = lib.concatStringsSep "," cfg.fonts; }
  // prefixed "" cfg.extraConfig;
}
