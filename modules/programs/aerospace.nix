{
  cfg,
  config,
  exe,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  toml = pkgs.formats.toml { };

  file =
    if config.xdg.enable then
      "${lib.removePrefix config.home.homeDirectory config.xdg.configHome}/aerospace/aerospace.toml"
    else
      ".aerospace.toml";

  withoutNull =
    value:
    if lib.isAttrs value then
      lib.mapAttrs (_name: withoutNull) (lib.filterAttrs (_name: part: part != null) value)
    else if lib.isList value then
      map withoutNull (lib.filter (part: part != null) value)
    else
      value;

  loginCommands = cfg.settings.after-login-command or null;
in
{
  title = "AeroSpace, a window manager for macOS";
  docs = "https://nikitabobko.github.io/AeroSpace/guide";
  darwinOnly = true;

  renamed.userSettings = "settings";
  removed.extraConfig = "This option has been removed. Please use 'programs.aerospace.settings' instead.";

  options = {
    launchd = {
      enable = option types.bool false "Whether launchd starts AeroSpace.";
      keepAlive = option types.bool true "Whether launchd starts it again when it ends.";
    };

    settings = option toml.type { } "Contents of {file}`aerospace.toml`. See <https://nikitabobko.github.io/AeroSpace/guide#configuring-aerospace>." // {
      example.gaps.outer.left = 8;
    };
  };

  config = {
    assertions = [
      {
        assertion = !(cfg.settings.start-at-login or false == true) || cfg.launchd.enable;
        message = ''
          You have set `programs.aerospace.settings."start-at-login" = true;`
          but `programs.aerospace.launchd.enable` is false.

          This tells AeroSpace to manage its own startup, which can conflict
          with Home Manager.

          To manage startup with Home Manager, please set
          `programs.aerospace.launchd.enable = true;`
          (You can leave `start-at-login = true` in your settings, it will be
          correctly overridden).
        '';
      }
      {
        assertion = !(lib.isList loginCommands && loginCommands != [ ]);
        message = ''
          You have set `programs.aerospace.settings."after-login-command"`.

          This setting is not supported when using this Home Manager module,
          as it either conflicts with the launchd service (if enabled)
          or bypasses it (if disabled).

          The correct way to run commands after AeroSpace starts is to use:
          1. `programs.aerospace.launchd.enable = true;`
          2. `programs.aerospace.settings."after-startup-command" = [ ... ];`
        '';
      }
    ];

    home.file.${file} = lib.mkIf (cfg.settings != { }) {
      source = toml.generate "aerospace" (
        withoutNull (
          cfg.settings
          // {
            start-at-login = false;
            after-login-command = [ ];
          }
        )
      );

      onChange = lib.mkIf cfg.launchd.enable ''
        echo "AeroSpace config changed, reloading..."
        if ${exe} list-modes --current >/dev/null 2>&1; then
          ${exe} reload-config
        else
          echo "AeroSpace is not running yet, skipping reload-config."
        fi
      '';
    };

    launchd.agents.aerospace = {
      inherit (cfg.launchd) enable;
      config = {
        Program = "${
          lib.optionalString (cfg.package != null) "${cfg.package}"
        }/Applications/AeroSpace.app/Contents/MacOS/AeroSpace";
        KeepAlive = cfg.launchd.keepAlive;
        RunAtLoad = true;
        StandardOutPath = "/tmp/aerospace.log";
        StandardErrorPath = "/tmp/aerospace.err.log";
      };
    };
  };
}
