{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  source =
    name: value:
    if lib.isPath value || lib.isStorePath value then value else pkgs.writeText name value;

  textOrFile = option (types.either types.path types.lines);
in
{
  title = "gitui, Git in the terminal";
  docs = "https://github.com/gitui-org/gitui";

  options = {
    keyConfig =
      textOrFile "" ''
        Key bindings, or a file of them. See
        <https://github.com/gitui-org/gitui/blob/master/KEY_CONFIG.md>.
      ''
      // {
        example = ''
          quit: Some(( code: Char('q'), modifiers: ( bits: 0,),)),
        '';
      };

    theme = textOrFile ''
      (
        selected_tab: Reset,
        command_fg: White,
        selection_bg: Blue,
        selection_fg: White,
        cmdbar_bg: Blue,
        cmdbar_extra_lines_bg: Blue,
        disabled_fg: DarkGray,
        diff_line_add: Green,
        diff_line_delete: Red,
        diff_file_added: LightGreen,
        diff_file_removed: LightRed,
        diff_file_moved: LightMagenta,
        diff_file_modified: Yellow,
        commit_hash: Magenta,
        commit_time: LightCyan,
        commit_author: Green,
        danger_fg: Red,
        push_gauge_bg: Blue,
        push_gauge_fg: Reset,
        tag_fg: LightMagenta,
        branch_fg: LightYellow,
      )
    '' "Colors, or a file of them. See <https://github.com/gitui-org/gitui/blob/master/THEMES.md>.";
  };

  config.xdg.configFile = {
    "gitui/theme.ron".source = source "gitui-theme.ron" cfg.theme;
    "gitui/key_bindings.ron".source = source "gitui-key-config.ron" cfg.keyConfig;
  };
}
