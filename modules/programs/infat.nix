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

  file = "${
    if config.xdg.enable then
      config.xdg.configHome
    else
      "${config.home.homeDirectory}/Library/Application Support"
  }/infat/config.toml";

  inherit (cfg.autoActivate) extraArgs;
  namesFile = lib.elem "--config" extraArgs;
  hasFile = cfg.settings != { };
in
{
  title = "infat, which opens files on macOS";
  docs = "https://github.com/philocalyst/infat";
  darwinOnly = true;

  options = {
    settings = option toml.type { } "Contents of {file}`infat/config.toml`. See <https://github.com/philocalyst/infat>." // {
      example.extensions.md = "TextEdit";
    };

    autoActivate =
      option (types.coercedTo types.bool
        (enable: {
          inherit enable;
          _legacyBoolean = true;
        })
        (
          types.submodule {
            options = {
              _legacyBoolean = option types.bool false "Whether a Boolean was given." // {
                visible = false;
              };
              enable = option types.bool true "Whether each switch applies the settings." // {
                example = false;
              };
              extraArgs = option (types.listOf types.str) [ "--robust" ] "Arguments of infat." // {
                example = [
                  "--robust"
                  "--quiet"
                ];
              };
            };
          }
        )
      ) { } "When the settings are applied."
      // {
        example.extraArgs = [ "--quiet" ];
      };
  };

  config = {
    warnings = lib.optional cfg.autoActivate._legacyBoolean (
      lib.hm.deprecations.mkDeprecatedOptionValueWarning {
        option = [
          "programs"
          "infat"
          "autoActivate"
        ];
        old = "a Boolean";
        replacement = "`programs.infat.autoActivate.enable`";
      }
    );

    home.file.${file} = lib.mkIf hasFile { source = toml.generate "infat-settings.toml" cfg.settings; };

    home.activation =
      lib.mkIf (cfg.package != null && cfg.autoActivate.enable && (hasFile || namesFile))
        {
          infat = lib.hm.dag.entryAfter [ "writeBoundary" ] ''
            run ${exe} ${
              lib.escapeShellArgs (
                extraArgs
                ++ lib.optionals (hasFile && !namesFile) [
                  "--config"
                  file
                ]
              )
            } $VERBOSE_ARG
          '';
        };
  };
}
