{
  config,
  lib,
  options,
  pkgs,
  cfg,
  ...
}:

let
  cache = "${config.xdg.cacheHome}/wal";

  window = text: child: {
    border = "$fg-alt";
    background = "$bg";
    inherit text;
    indicator = "$fg-alt";
    childBorder = child;
  };
in
{
  title = "pywal, which makes colors of a picture";
  docs = "https://github.com/dylanaraps/pywal/wiki";

  config = [
    {
      programs = {
        # The colors are sent before the prompt, which does not wait for them.
        zsh.initContent = ''
          # Import colorscheme from 'wal' asynchronously
          # &   # Run the process in the background.
          # ( ) # Hide shell job control messages.
          (cat ${cache}/sequences &)
        '';

        kitty.extraConfig = lib.mkBefore ''
          include ${cache}/colors-kitty.conf
        '';

        rofi.theme."@import" = "${cache}/colors-rofi-dark.rasi";

        neovim.plugins = lib.mkIf (pkgs ? vimPlugins) [
          {
            plugin = pkgs.vimPlugins.pywal-nvim;
            type = "lua";
          }
        ];
      };
    }
    (lib.optionalAttrs (lib.hasAttrByPath [ "xsession" "windowManager" "i3" ] options) {
      xsession.windowManager.i3 = {
        extraConfig = ''
          set_from_resource $bg           i3wm.color0 #ff0000
          set_from_resource $bg-alt       i3wm.color14 #ff0000
          set_from_resource $fg           i3wm.color15 #ff0000
          set_from_resource $fg-alt       i3wm.color2 #ff0000
          set_from_resource $hl           i3wm.color13 #ff0000
        '';

        config.colors = {
          focused = window "$hl" "$hl";
          focusedInactive = window "$fg" "$fg-alt";
          unfocused = window "$fg" "$fg-alt";
          urgent = window "$fg" "$fg-alt";
          background = "$bg";
        };
      };
    })
  ];
}
