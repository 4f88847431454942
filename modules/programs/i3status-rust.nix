{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  toml = pkgs.formats.toml { };

  inherit (cfg) package;
  isAtLeast = version: package == null || lib.versionAtLeast package.version version;

  # 0.30 made tables of these.
  table = name: value: if isAtLeast "0.30.0" then { ${name} = value; } else value;

  clock = interval: {
    block = "time";
    inherit interval;
    format = " $timestamp.datetime(f:'%a %d/%m %R') ";
  };
in
{
  title = "i3status-rust, which makes the text of status bars";
  docs = "https://docs.rs/i3status-rs/latest/i3status_rs/";
  linuxOnly = true;

  options.bars =
    option
      (types.attrsOf (
        types.submodule {
          options = {
            blocks =
              option toml.type [
                { block = "cpu"; }
                {
                  block = "disk_space";
                  path = "/";
                  info_type = "available";
                  interval = 20;
                  warning = 20.0;
                  alert = 10.0;
                  format = " $icon root: $available.eng(w:2) ";
                }
                {
                  block = "memory";
                  format = " $icon $mem_total_used_percents.eng(w:2) ";
                  format_alt = " $icon_swap $swap_used_percents.eng(w:2) ";
                }
                {
                  block = "sound";
                  click = [
                    {
                      button = "left";
                      cmd = "pavucontrol";
                    }
                  ];
                }
                (clock 5)
              ] "Blocks of the bar. See <https://docs.rs/i3status-rs/latest/i3status_rs/blocks/>."
              // {
                example = [
                  {
                    block = "disk_space";
                    path = "/";
                  }
                ];
              };

            settings = option toml.type { } "Further settings of the bar." // {
              example.theme.theme = "solarized-dark";
            };

            icons = option types.str "none" "Set of icons. See <https://docs.rs/i3status-rs/latest/i3status_rs/#themes-and-icons>." // {
              example = "awesome6";
            };

            theme = option types.str "plain" "Theme. See <https://docs.rs/i3status-rs/latest/i3status_rs/#themes-and-icons>." // {
              example = "gruvbox-dark";
            };
          };
        }
      ))
      {
        default.blocks = [
          {
            block = "disk_space";
            path = "/";
            info_type = "available";
            interval = 60;
            warning = 20.0;
            alert = 10.0;
          }
          {
            block = "memory";
            format = " $icon mem_used_percents ";
            format_alt = " $icon $swap_used_percents ";
          }
          {
            block = "cpu";
            interval = 1;
          }
          {
            block = "load";
            interval = 1;
            format = " $icon $1m ";
          }
          { block = "sound"; }
          (clock 60)
        ];
      }
      "Bars by name. That of each is written to {file}`$XDG_CONFIG_HOME/i3status-rust/config-NAME.toml`."
    // {
      example.bottom.theme = "gruvbox-dark";
    };

  config = {
    assertions = [
      {
        assertion =
          package == null || lib.versionOlder package.version "0.31.0" || isAtLeast "0.31.2";
        message = "Only i3status-rust <0.31.0 or ≥0.31.2 is supported due to a config format incompatibility.";
      }
    ];

    xdg.configFile = lib.mapAttrs' (
      name: bar:
      lib.nameValuePair "i3status-rust/config-${name}.toml" {
          onChange = ''
            ${lib.hm.options.tool pkgs "procps" "pkill"} -u $USER -USR2 i3status-rs || true
          '';
          source = toml.generate "config-${name}.toml" (
            {
              theme = table "theme" bar.theme;
              icons = table "icons" bar.icons;
              block = bar.blocks;
            }
            // bar.settings
          );
        }
    ) cfg.bars;
  };
}
