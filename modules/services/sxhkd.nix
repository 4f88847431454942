{
  bin,
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "sxhkd, which runs commands by keys in X";
  docs = "https://github.com/baskerville/sxhkd";
  linuxOnly = true;

  removed.extraPath = "This option is no longer needed and can be removed.";

  options = {
    extraOptions = option (types.listOf types.str) [ ] "Arguments of {command}`sxhkd`." // {
      example = [ "-m 1" ];
    };
    keybindings = option (types.attrsOf (
      types.nullOr (
        types.oneOf [
          types.str
          types.path
        ]
      )
    )) { } "Commands by keys; null is none." // {
      example."super + shift + {r,c}" = "i3-msg {restart,reload}";
    };
    extraConfig = option types.lines "" "Lines at the end of {file}`$XDG_CONFIG_HOME/sxhkd/sxhkdrc`.";
  };

  config = {
    xdg.configFile."sxhkd/sxhkdrc".text = lib.concatStringsSep "\n" [
      (lib.concatStringsSep "\n" (
        lib.mapAttrsToList (
          keys: command:
          lib.optionalString (command != null) ''
            ${keys}
              ${command}
          ''
        ) cfg.keybindings
      ))
      cfg.extraConfig
    ];

    # In a scope, so that programs that it starts are not stopped with it.
    xsession.initExtra = ''
      systemctl --user stop sxhkd.scope 2> /dev/null || true
      systemd-cat -t sxhkd systemd-run --user --scope --property=OOMPolicy=continue -u sxhkd ${bin "sxhkd"} ${toString cfg.extraOptions} &
    '';
  };
}
