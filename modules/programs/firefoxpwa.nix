{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  json = pkgs.formats.json { };

  sites = lib.concatMapAttrs (_id: profile: profile.sites) cfg.profiles;

  required = example: description: lib.mkOption {
    type = types.str;
    inherit example description;
  };

  site =
    profileId:
    { config, name, ... }:
    {
      options = {
        name = option types.str name "Name of the site." // {
          example = "MDN Web Docs";
        };
        url = required "https://developer.mozilla.org/" "Address of the site.";
        manifestUrl = required "https://developer.mozilla.org/manifest.json" "Address of the site's manifest.";

        desktopEntry = {
          enable = lib.mkOption {
            type = types.bool;
            defaultText = "true if host platform is Linux";
            description = "Whether the site has a desktop entry.";
          };
          icon = option (types.nullOr (types.either types.str types.path)) null "Icon of the entry." // {
            example = lib.literalExpression "./icon.png";
          };
          categories = option (types.nullOr (types.listOf types.str)) null "Categories of the entry.";
        };

        settings = option json.type { } "Settings of the site." // {
          example.config.enabled_url_handlers = [ ];
        };
      };

      config = {
        desktopEntry.enable = lib.mkDefault pkgs.stdenv.hostPlatform.isLinux;
        settings = {
          ulid = name;
          profile = profileId;
          config = {
            inherit (config) name;
            document_url = config.url;
            manifest_url = config.manifestUrl;
          };
          manifest = {
            inherit (config) name;
            start_url = config.url;
          };
        };
      };
    };

  profile =
    { config, name, ... }:
    {
      options = {
        name = option types.str name "Name of the profile.";
        sites = option (types.attrsOf (types.submodule (site name))) { } "Sites by their id, a ULID.";
        settings = option json.type { } "Settings of the profile.";
      };

      config.settings = {
        ulid = name;
        inherit (config) name;
        sites = lib.attrNames config.sites;
      };
    };

  alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

  assertId =
    path: id:
    let
      length = lib.stringLength id;
      others = lib.subtractLists (lib.stringToCharacters alphabet) (lib.stringToCharacters id);
    in
    [
      {
        assertion = length == 26;
        message = ''
          ULID '${id}' at 'programs.firefoxpwa.${lib.showOption path}' must be 26 characters, but is
          ${toString length} characters long.
        '';
      }
      {
        assertion = others == [ ];
        message = ''
          ULID '${id}' at 'programs.firefoxpwa.profiles' must only contain characters
          '${alphabet}', but contains '${lib.concatStrings others}'.
        '';
      }
    ];

  assertOneProfile =
    id:
    let
      profiles = lib.attrNames (lib.filterAttrs (_id: profile: profile.sites ? ${id}) cfg.profiles);
    in
    {
      assertion = lib.length profiles == 1;
      message = ''
        Site with ULID '${id}' must be present in exactly one profile, but is present
        in ${toString (lib.length profiles)} profiles, namely ${
          lib.concatMapStringsSep ", " (name: "'${name}'") profiles
        }.
      '';
    };
in
{
  title = "PWAsForFirefox, which makes programs of sites";
  docs = "https://pwasforfirefox.filips.si/";

  options = {
    settings = option json.type { } "Contents of {file}`$XDG_DATA_HOME/firefoxpwa/config.json`.";

    profiles = option (types.attrsOf (types.submodule profile)) { } "Profiles by their id, a ULID." // {
      example."0123456789ABCDEFGHJKMNPQRS".sites."ZYXWVTSRQPNMKJHGFEDCBA9876" = {
        name = "MDN Web Docs";
        url = "https://developer.mozilla.org/";
        manifestUrl = "https://developer.mozilla.org/manifest.json";
      };
    };
  };

  config = {
    assertions =
      lib.concatMap (assertId [ "profiles" ]) (lib.attrNames cfg.profiles)
      ++ lib.concatLists (
        lib.mapAttrsToList (
          id: profile:
          lib.concatMap (assertId [
            "profiles"
            id
            "sites"
          ]) (lib.attrNames profile.sites)
        ) cfg.profiles
      )
      ++ map assertOneProfile (lib.attrNames sites);

    xdg.dataFile."firefoxpwa/config.json" = lib.mkIf (cfg.settings != { }) {
      text = builtins.toJSON cfg.settings;
    };

    xdg.desktopEntries = lib.mapAttrs' (
      id: site:
      lib.nameValuePair "FFPWA-${id}" (
        lib.mkIf site.desktopEntry.enable {
          inherit (site.desktopEntry) icon categories;
          inherit (site.settings.manifest) name;
          exec = "firefoxpwa site launch ${id} --protocol %u";
          terminal = false;
        }
      )
    ) sites;

    programs.firefoxpwa.settings = {
      profiles = lib.mapAttrs (_id: profile: profile.settings) cfg.profiles;
      sites = lib.mapAttrs (_id: site: site.settings) sites;
    };
  };
}
