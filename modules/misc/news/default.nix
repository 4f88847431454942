# News: what changed that a user may want to know. Each file in this directory is an entry.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.news;

  internal =
    type: description:
    mkOption {
      internal = true;
      inherit type description;
    };

  entryType = types.submodule (
    { config, ... }:
    {
      options = {
        id = internal types.str "What tells the entry from others: the hash of its message.";
        time = internal types.str "When it was written, as `2026-01-31T12:00:00+00:00`.";
        condition = internal types.bool "Whether it concerns this configuration." // {
          default = true;
        };
        message = internal types.str "What is new.";
      };

      config.id = lib.mkDefault (builtins.hashString "sha256" config.message);
    }
  );

  entriesIn =
    directory:
    lib.concatLists (
      lib.mapAttrsToList (
        name: kind:
        if kind == "directory" then
          entriesIn (directory + "/${name}")
        else if lib.hasSuffix ".nix" name && name != "default.nix" then
          [ (read (directory + "/${name}")) ]
        else
          [ ]
      ) (builtins.readDir directory)
    );

  read =
    file:
    let
      entry = import file;
    in
    if lib.isFunction entry then entry { inherit config lib pkgs; } else entry;
in
{
  options.news = {
    display = mkOption {
      type = types.enum [
        "silent"
        "notify"
        "show"
      ];
      default = "notify";
      description = ''
        What happens to unread news when the home is built: `notify` counts them, `show` shows
        them, `silent` leaves them to {command}`home-manager news`.
      '';
    };

    entries = mkOption {
      internal = true;
      type = types.listOf entryType;
      default = [ ];
      description = "All news.";
    };

    json.output = internal types.package "The news as a JSON file.";
  };

  config.news = {
    entries = entriesIn ./.;
    json.output = pkgs.writeText "hm-news.json" (
      builtins.toJSON { inherit (cfg) display entries; }
    );
  };
}
