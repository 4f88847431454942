{ config, lib, ... }:

let
  inherit (lib) mkOption types;

  isSince = lib.versionAtLeast config.home.stateVersion;

  property =
    example: old: description:
    mkOption {
      type = types.nullOr types.str;
      default = if isSince "19.09" then null else old;
      defaultText = lib.literalExpression "null";
      inherit example description;
    };
in
{
  options.home.keyboard = mkOption {
    type = types.nullOr (
      types.submodule {
        options = {
          layout = property "de" "us" "The layout, or `null` for that of the system.";
          model = property "presario" null "The model, or `null` for that of the system.";
          variant = property "colemak" "" "The variant, or `null` for that of the system.";
          options = mkOption {
            type = types.listOf types.str;
            default = [ ];
            example = [
              "grp:caps_toggle"
              "grp_led:scroll"
            ];
            description = "Further settings of XKB.";
          };
        };
      }
    );
    default = if isSince "21.11" then null else { };
    defaultText = lib.literalMD "`{ }` for state versions before 21.11, `null` since then";
    description = "The keyboard of X sessions, or `null` to leave it as it is.";
  };
}
