# The types of units: any section with any key, and checks for the keys that matter most.
{ lib }:

let
  inherit (lib) mkOption types;

  value = types.oneOf [
    types.bool
    types.int
    types.str
    types.path
  ];

  listOfText = types.coercedTo types.str lib.toList (types.listOf types.str);

  unitWith =
    kind: module:
    types.attrsOf (
      types.submodule {
        freeformType = types.attrsOf (types.attrsOf (types.either value (types.listOf value))) // {
          description = "systemd ${kind} unit configuration";
        };
        imports = [
          {
            options.Unit = {
              Description = mkOption {
                type = types.nullOr types.str;
                default = null;
                example = "Daily backup";
                description = "What the unit is, in a few words.";
              };
              Documentation = mkOption {
                type = listOfText;
                default = [ ];
                description = "Where it is documented, as URIs.";
              };
            };
          }
          module
        ];
      }
    );

  triggers =
    what:
    mkOption {
      type = types.listOf (types.either types.package types.str);
      default = [ ];
      description = "Texts: when one of them changes the service is ${what}.";
    };

  command = types.either types.package types.str;
in
{
  unit = kind: unitWith kind { };

  service = unitWith "service" {
    options = {
      Unit = {
        X-Reload-Triggers = triggers "reloaded";
        X-Restart-Triggers = triggers "restarted";
        X-SwitchMethod = mkOption {
          type = types.enum [
            null
            "reload"
            "restart"
            "stop-start"
            "keep-old"
          ];
          default = null;
          description = "How a changed service is brought up to date.";
        };
      };
      Service = {
        Environment = mkOption {
          type = listOfText;
          default = [ ];
          example = [ "NAME=value" ];
          description = "Variables of its processes.";
        };
        ExecStart = mkOption {
          type = types.either command (types.listOf command);
          apply = lib.toList;
          default = [ ];
          example = "/absolute/path/to/command";
          description = "The command.";
        };
      };
    };
  };
}
