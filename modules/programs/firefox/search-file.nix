# The file of a profile's search engines, version 12.
{
  appName,
  config,
  lib,
  modulePath,
  package,
  pkgs,
  profilePath,
}:

let
  inherit (lib) mapAttrs mapAttrs' optionalAttrs warn;

  # Fields that Firefox writes with an underscore.
  fieldNames =
    lib.genAttrs [
      "name"
      "isAppProvided"
      "loadPath"
      "updateInterval"
      "updateURL"
      "iconMapObj"
      "metaData"
      "orderHint"
      "definedAliases"
      "urls"
    ] (name: "_${name}")
    // {
      searchForm = "__searchForm";
    };

  iconUrl = icon: if lib.isPath icon || lib.hasPrefix "/" icon then "file://${icon}" else icon;

  # Before version 11, icons were named by a JSON object with their size.
  iconSize =
    name:
    if (builtins.tryEval (lib.toInt name)).success then
      name
    else
      let
        size = toString (builtins.fromJSON name).width;
      in
      warn "JSON object names for 'iconMapObj' are deprecated, use '${size}' instead of '${name}'" size;

  # Before version 12, there was one icon in a field of its own.
  formerIcon =
    engine: field:
    optionalAttrs (engine ? ${field}) {
      "16" =
        warn "'${field}' is deprecated, use 'icon = ${
          lib.strings.escapeNixString engine.${field}
        }' instead" engine.${field};
    };

  iconsOf =
    engine:
    mapAttrs (_size: iconUrl) (
      optionalAttrs (engine ? icon) { "16" = engine.icon; }
      // formerIcon engine "iconURL"
      // formerIcon engine "iconUpdateURL"
      // mapAttrs' (name: lib.nameValuePair (iconSize name)) (engine.iconMapObj or { })
    );

  ownEngine =
    id: engine:
    let
      icons = iconsOf engine;
    in
    lib.throwIf (engine ? hasPreferredIcon) "hasPreferredIcon has been removed" (
      {
        name = id;
      }
      // removeAttrs engine [
        "icon"
        "iconMapObj"
        "iconURL"
        "iconUpdateURL"
      ]
      // optionalAttrs (icons != { }) { iconMapObj = icons; }
      // {
        loadPath = "[home-manager]/${
          lib.showAttrPath (
            modulePath
            ++ [
              "engines"
              id
            ]
          )
        }";
      }
    );

  engineEntry =
    id: engine:
    let
      always = {
        inherit id;
        isAppProvided = engine.isAppProvided or (removeAttrs engine [ "metaData" ] == { });
        metaData = engine.metaData or { };
      };
    in
    mapAttrs' (name: lib.nameValuePair (fieldNames.${name} or name)) (
      if always.isAppProvided then always else ownEngine id (engine // always)
    );

  # The defaults are listed too. A null default is no attribute name, and so adds nothing.
  engines = mapAttrs engineEntry (
    config.engines
    // {
      ${config.default} = config.engines.${config.default} or { };
      ${config.privateDefault} = config.engines.${config.privateDefault} or { };
    }
  );

  orderedEntry =
    order: id:
    let
      entry = engines.${id} or (engineEntry id { });
    in
    entry // { _metaData = entry._metaData // { inherit order; }; };

  settings = hashes: {
    version = 12;
    engines =
      lib.imap1 orderedEntry config.order ++ lib.attrValues (removeAttrs engines config.order);
    metaData =
      optionalAttrs (config.default != null) {
        defaultEngineId = config.default;
        defaultEngineIdHash = hashes.default;
      }
      // optionalAttrs (config.privateDefault != null) {
        privateDefaultEngineId = config.privateDefault;
        privateDefaultEngineIdHash = hashes.private;
      }
      // {
        useSavedOrder = config.order != [ ];
      };
  };

  # Firefox takes a default only with the hash of this text, in which the application says yes to
  # being changed by its own user.
  disclaimer =
    "By modifying this file, I agree that I am doing so "
    + "only within @appName@ itself, using official, user-driven search "
    + "engine selection processes, and in a way which does not circumvent "
    + "user consent. I acknowledge that any attempt to change this file "
    + "from outside of @appName@ is a malicious act, and will be responded "
    + "to accordingly.";

  saltOf = engine: if engine == null then null else profilePath + engine + disclaimer;
  salt = saltOf config.default;
  privateSalt = saltOf config.privateDefault;

  # The application's name is in a file of the package, and may not be that of the module.
  setAppName =
    if package == null then
      "appName=${lib.escapeShellArg appName}"
    else
      ''
        applicationIni="$(find ${lib.escapeShellArg package} -maxdepth 3 -path ${lib.escapeShellArg package}'/lib/*/application.ini' -print -quit)"
        if test -n "$applicationIni"; then
          appName="$(sed -n 's/^Name=\(.*\)$/\1/p' "$applicationIni" | head -n1)"
        else
          appName=${lib.escapeShellArg appName}
        fi
      '';

  # Without programs of nixpkgs: the text as it is, in a block of LZ4 that compresses nothing.
  hashOf =
    engine:
    builtins.convertHash {
      hash = builtins.hashString "sha256" (
        lib.replaceStrings [ "@appName@" ] [ appName ] (saltOf engine)
      );
      hashAlgo = "sha256";
      toHashFormat = "base64";
    };

  uncompressed =
    pkgs.runCommand "search.json.mozlz4"
      {
        json = builtins.toJSON (settings {
          default = hashOf config.default;
          private = hashOf config.privateDefault;
        });
      }
      ''
        byte() { printf "\\$(printf '%03o' "$1")"; }
        {
          LC_ALL=C
          size=''${#json}
          printf 'mozLz40\0'
          for shift in 0 8 16 24; do byte $((size >> shift & 255)); done
          if [ "$size" -lt 15 ]; then
            byte $((size << 4))
          else
            byte 240
            rest=$((size - 15))
            while [ "$rest" -ge 255 ]; do byte 255; rest=$((rest - 255)); done
            byte "$rest"
          fi
          printf '%s' "$json"
        } > "$out"
      '';

  compressed =
    pkgs.runCommand "search.json.mozlz4"
      {
        nativeBuildInputs = [
          pkgs.mozlz4a
          pkgs.openssl
        ];
        json = builtins.toJSON (settings {
          default = "@hash@";
          private = "@privateHash@";
        });
        inherit salt privateSalt;
      }
      ''
        ${setAppName}
        salt=''${salt//@appName@/"$appName"}
        privateSalt=''${privateSalt//@appName@/"$appName"}

        if [[ -n $salt ]]; then
          export hash=$(echo -n "$salt" | openssl dgst -sha256 -binary | base64)
          export privateHash=$(echo -n "$privateSalt" | openssl dgst -sha256 -binary | base64)
          mozlz4a <(substituteStream json search.json.in --subst-var hash --subst-var privateHash) "$out"
        else
          mozlz4a <(echo "$json") "$out"
        fi
      '';
in
if pkgs ? mozlz4a then compressed else uncompressed
