# Accounts of contacts.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;

  cfg = config.accounts.contact;

  storage = import ./storage.nix { inherit lib; };

  account = storage.account {
    config = cfg;
    what = "contact";
    extension = ".vcf";
    servers = [
      "carddav"
      "http"
      "google_contacts"
    ];
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
