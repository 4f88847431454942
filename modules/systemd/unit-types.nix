# The types of units: sections of keys, of which some are known.
{ lib }:

let
  inherit (lib) mkOption types;

  primitive =
    with types;
    oneOf [
      bool
      int
      str
      path
    ];

  strings = types.coercedTo types.str lib.toList (types.listOf types.str);

  unit =
    kind: more:
    types.submodule {
      freeformType =
        types.attrsOf (types.attrsOf (types.either primitive (types.listOf primitive)))
        // {
          description = "systemd ${kind} unit configuration";
        };

      imports = [
        {
          options.Unit = {
            Description = mkOption {
              type = types.nullOr types.str;
              default = null;
              example = "Backup of the day";
              description = "What the unit is, in a few words.";
            };
            Documentation = mkOption {
              type = strings;
              default = [ ];
              example = [ "man:example(1)" ];
              description = "Where to read more about it, as URIs.";
            };
          };
        }
        more
      ];
    };

  triggers =
    what:
    mkOption {
      type = types.listOf (types.either types.package types.str);
      default = [ ];
      example = lib.literalExpression ''[ config.xdg.configFile."service.conf".source ]'';
      description = "Anything: if it changes, activating the home ${what} the service.";
    };

  service.options = {
    Unit = {
      X-Reload-Triggers = triggers "reloads";
      X-Restart-Triggers = triggers "restarts";
      X-SwitchMethod = mkOption {
        type = types.enum [
          null
          "reload"
          "restart"
          "stop-start"
          "keep-old"
        ];
        default = null;
        example = "reload";
        description = "What activating the home does to the service if it changes.";
      };
    };

    Service = {
      Environment = mkOption {
        type = strings;
        default = [ ];
        example = [
          "VAR1=foo"
          ''VAR2="bar baz"''
        ];
        description = "Variables of its processes.";
      };
      ExecStart = mkOption {
        type =
          let
            command = types.either types.package types.str;
          in
          types.either command (types.listOf command);
        apply = lib.toList;
        default = [ ];
        example = "/absolute/path/to/command arg1 arg2";
        description = "What it runs.";
      };
    };
  };
in
{
  unit = kind: unit kind { };
  service = unit "service" service;
}
