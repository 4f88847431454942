# What is new for the user of this configuration.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;

  entry = types.submodule (
    { config, ... }:
    {
      options = {
        id = mkOption {
          internal = true;
          type = types.str;
          description = "A name that is the same for the same entry.";
        };
        time = mkOption {
          internal = true;
          type = types.str;
          example = "2026-01-31T12:00:00+00:00";
          description = "When it was written, in ISO 8601.";
        };
        condition = mkOption {
          internal = true;
          default = true;
          description = "Whether it concerns this configuration.";
        };
        message = mkOption {
          internal = true;
          type = types.str;
          description = "The text.";
        };
      };
      config.id = lib.mkDefault (builtins.hashString "sha256" config.message);
    }
  );
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
      description = "How unread news are told of: not at all, in one line, or in full.";
    };
    entries = mkOption {
      internal = true;
      type = types.listOf entry;
      default = [ ];
      description = "The entries.";
    };
    json = {
      output = mkOption {
        internal = true;
        type = types.package;
        description = "The entries as a file.";
      };
    };
  };

  config.news.json.output = builtins.toFile "hm-news.json" (
    builtins.toJSON {
      inherit (config.news) display;
      entries = builtins.filter (one: one.condition) config.news.entries;
    }
  );
}
