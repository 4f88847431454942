# What accounts of calendars and of contacts have in common: where entries are stored, here and at
# a server.
{ lib }:

let
  inherit (lib) mkOption types;

  optional =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };

  local =
    { directory, what, extension }:
    types.submodule {
      options = {
        path = mkOption {
          type = types.str;
          default = directory;
          defaultText = lib.literalMD "the name of the account, below {option}`accounts.${what}.basePath`";
          description = "Where entries are stored.";
        };

        type = mkOption {
          type = types.enum [
            "filesystem"
            "singlefile"
          ];
          default = "filesystem";
          description = "Whether each entry is a file, or all are in one.";
        };

        fileExt = mkOption {
          type = types.nullOr types.str;
          default = extension;
          description = "What the names of files end in.";
        };

        encoding = optional types.str "The encoding of names and contents, if it is not UTF-8.";
      };
    };

  remote =
    kinds:
    types.submodule {
      options = {
        type = mkOption {
          type = types.enum kinds;
          description = "The kind of the server.";
        };

        url = optional types.str "Where the server is.";
        userName = optional types.str "The name of the user at the server.";

        passwordCommand = optional (types.listOf types.str) "A command that prints the password." // {
          example = [
            "pass"
            "caldav"
          ];
        };
      };
    };
in
{
  # Below the home directory, unless it is absolute.
  basePathOption =
    { config, what }:
    mkOption {
      type = types.str;
      apply = path: if lib.hasPrefix "/" path then path else "${config.home.homeDirectory}/${path}";
      example = ".${what}";
      description = ''
        The directory of all accounts. A relative path is below the home directory.
      '';
    };

  # The module of an account whose entries are stored below `basePath` of `config`.
  account =
    {
      config,
      what,
      extension,
      servers,
    }:
    { name, ... }:
    {
      options = {
        name = mkOption {
          type = types.str;
          readOnly = true;
          description = "The name of the account, which is that of its attribute.";
        };

        local = mkOption {
          type = local {
            directory = "${config.basePath}/${name}";
            inherit what extension;
          };
          default = { };
          description = "How entries are stored on this machine.";
        };

        remote = mkOption {
          type = types.nullOr (remote servers);
          default = null;
          description = "Where else entries are stored.";
        };
      };

      config = { inherit name; };
    };
}
