# Accounts of contacts.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;

  cfg = config.accounts.contact;

  storage = import ./storage.nix { inherit lib; };

  account =
    { name, ... }:
    {
      options = {
        name = mkOption {
          type = types.str;
          readOnly = true;
          description = "The name of the account, which is that of its attribute.";
        };

        local = mkOption {
          type = storage.local {
            directory = "${cfg.basePath}/${name}";
            what = "contact";
            extension = ".vcf";
          };
          default = { };
          description = "How entries are stored on this machine.";
        };

        remote = mkOption {
          type = types.nullOr (
            storage.remote [
              "carddav"
              "http"
              "google_contacts"
            ]
          );
          default = null;
          description = "Where else entries are stored.";
        };
      };

      config = { inherit name; };
    };
in
{
  options.accounts.contact = {
    basePath = storage.basePathOption {
      inherit config;
      what = "contacts";
    };

    accounts = mkOption {
      type = types.attrsOf (types.submodule account);
      default = { };
      description = "Accounts of contacts, by their names.";
    };
  };
}
