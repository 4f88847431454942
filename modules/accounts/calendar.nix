# Accounts of calendars.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;

  cfg = config.accounts.calendar;

  storage = import ./storage.nix { inherit lib; };

  account = storage.account {
    config = cfg;
    what = "calendar";
    extension = ".ics";
    servers = [
      "caldav"
      "http"
      "google_calendar"
    ];
  };

  precedence.options = {
    primary = mkOption {
      type = types.bool;
      default = false;
      description = "Whether this is the account that counts first. At most one is.";
    };

    primaryCollection = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The collection that counts first, of an account that has several.";
    };
  };

  primaries = lib.attrNames (lib.filterAttrs (_name: account: account.primary) cfg.accounts);
in
{
  options.accounts.calendar = {
    basePath = storage.basePathOption {
      inherit config;
      what = "calendar";
    };

    accounts = mkOption {
      type = types.attrsOf (
        types.submodule [
          account
          precedence
        ]
      );
      default = { };
      description = "Accounts of calendars, by their names.";
    };
  };

  config = lib.mkIf (cfg.accounts != { }) {
    assertions = [
      {
        assertion = lib.length primaries <= 1;
        message = "Must have at most one primary calendar account but found ${toString (lib.length primaries)}, namely ${lib.concatStringsSep ", " primaries}";
      }
    ];
  };
}
