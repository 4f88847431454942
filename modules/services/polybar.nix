{
  cfg,
  config,
  lib,
  option,
  options,
  pkgs,
  types,
  ...
}:

let
  opt = options.services.polybar;

  scalarOrList = types.either types.str (
    types.either types.bool (types.either types.int (types.listOf types.str))
  );

  value = types.oneOf [
    types.bool
    types.int
    types.float
    types.str
    (types.listOf value)
    (types.attrsOf value)
  ];

  # The keys of a value: those of lists are numbered, those of sets joined, but for `text`.
  keys =
    key: value:
    if lib.isList value then
      lib.concatLists (lib.imap0 (i: keys "${key}-${toString i}") value)
    else if lib.isAttrs value && !lib.isDerivation value then
      lib.concatLists (
        lib.mapAttrsToList (name: keys (if name == "text" then key else "${key}-${name}")) value
      )
    else
      [ (lib.nameValuePair key value) ];

  flat = lib.mapAttrs (
    _section: fields: lib.listToAttrs (lib.concatLists (lib.mapAttrsToList keys fields))
  );

  # Spaces at the ends are lost without quotes.
  quoted = text: if lib.hasPrefix " " text || lib.hasSuffix " " text then ''"${text}"'' else text;

  toIni = lib.generators.toINI {
    mkKeyValue =
      key: value:
      "${key}=${
        if lib.isBool value then
          lib.boolToString value
        else if lib.isString value && key != "include-file" then
          quoted value
        else
          toString value
      }";
  };

  isConfigured = lib.any (name: cfg.${name} != opt.${name}.default) [
    "settings"
    "config"
    "extraConfig"
  ];

  file = pkgs.writeText "polybar.conf" ''
    ${toIni cfg.config}
    ${toIni (flat cfg.settings)}
    ${cfg.extraConfig}
  '';
in
{
  title = "Polybar, a bar for X";
  docs = "https://github.com/polybar/polybar/wiki";
  linuxOnly = true;
  packageOption.example = "pkgs.polybar.override { i3Support = true; }";

  options = {
    config = lib.mkOption {
      type = types.coercedTo types.path (path: { "section/base".include-file = "${path}"; }) (
        types.attrsOf (types.attrsOf scalarOrList)
      );
      default = { };
      example = lib.literalExpression ''
        {
          "bar/top" = {
            width = "100%";
            height = "3%";
            modules-center = "date";
          };
        }
      '';
      description = "Sections of {file}`$XDG_CONFIG_HOME/polybar/config.ini`, or a file that is included. {option}`services.polybar.settings` is easier to write.";
    };

    settings = lib.mkOption {
      type = types.attrsOf (types.attrsOf value // { description = "attribute sets"; });
      default = { };
      example = lib.literalExpression ''
        {
          "module/volume" = {
            type = "internal/pulseaudio";
            format.volume = "<ramp-volume> <label-volume>";
            ramp.volume = [ "low" "high" ];
          };
        }
      '';
      description = ''
        Sections of {file}`$XDG_CONFIG_HOME/polybar/config.ini`. Keys of sets are joined by `-`, where
        `text` stands for the set itself; items of lists are numbered from 0.
      '';
    };

    extraConfig = option types.lines "" "Lines at the end of the configuration." // {
      example = ''
        [module/date]
        type = internal/date
      '';
    };

    script = lib.mkOption {
      type = types.lines;
      example = "polybar bar &";
      description = "The script that starts the bars, in the background.";
    };
  };

  config.xdg.configFile."polybar/config.ini" = lib.mkIf isConfigured { source = file; };

  unit = {
    Unit = {
      Description = "Polybar status bar";
      PartOf = [ "tray.target" ];
      X-Restart-Triggers = lib.mkIf isConfigured [ "${file}" ];
    };
    Service = {
      Type = "forking";
      Environment = [
        "PATH=${if cfg.package == null then config.home.profileDirectory else cfg.package}/bin:/run/wrappers/bin"
      ];
      ExecStart = "${pkgs.writeShellScriptBin "polybar-start" cfg.script}/bin/polybar-start";
      Restart = "on-failure";
    };
    Install.WantedBy = [ "tray.target" ];
  };
}
