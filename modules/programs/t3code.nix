{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  json = pkgs.formats.json { };
  directory = "${config.home.homeDirectory}/.t3/userdata";

  jq = lib.hm.options.tool pkgs "jq" "jq";
  json5 =
    if pkgs ? python3Packages.json5 then
      lib.getExe (pkgs.python3Packages.toPythonApplication pkgs.python3Packages.json5)
    else
      "pyjson5";

  # The program's own settings stay where ours say nothing of them.
  merge =
    empty: operation: file: values:
    let
      path = lib.escapeShellArg "${directory}/${file}";
    in
    lib.hm.dag.entryAfter [ "linkGeneration" ] ''
      mkdir -p "$(dirname -- ${path})"
      if [ ! -e ${path} ]; then
        echo ${lib.escapeShellArg empty} > ${path}
      fi
      dynamic="$(${json5} --as-json ${path})"
      static="$(cat ${lib.escapeShellArg values})"
      config="$(${jq} -n ${lib.escapeShellArg operation} --argjson dynamic "$dynamic" --argjson static "$static")"
      printf '%s\n' "$config" > ${path}
      unset config
    '';

  parts = [
    {
      isMutable = cfg.mutableUserSettings;
      values = cfg.userSettings;
      activation = "t3codeSettingsActivation";
      storeName = "t3code-user-settings";
      file = "settings.json";
      empty = "{}";
      operation = "$dynamic * $static";
    }
    {
      isMutable = cfg.mutableKeybindings;
      values = cfg.keybindings;
      activation = "t3codeKeybindingsActivation";
      storeName = "t3code-user-keybindings";
      file = "keybindings.json";
      empty = "[]";
      operation = "$dynamic + $static | group_by([.key, .when]) | map(reduce .[] as $item ({}; . * $item))";
    }
    {
      isMutable = cfg.mutableClientSettings;
      values = cfg.clientSettings;
      activation = "t3codeClientSettingsActivation";
      storeName = "t3code-client-settings";
      file = "client-settings.json";
      empty = "{}";
      operation = "$dynamic * $static";
    }
  ];
  filled = lib.filter (part: part.values != { } && part.values != [ ]) parts;

  mutable = what: option types.bool true "Whether T3 Code itself can change ${what} too." // { example = false; };
in
{
  title = "T3 Code, coding agents in the browser";
  docs = "https://github.com/pingdotgg/t3code";

  options = {
    mutableUserSettings = mutable "the settings";
    mutableKeybindings = mutable "key bindings";
    mutableClientSettings = mutable "settings of the client";

    userSettings = option json.type { } "Contents of {file}`~/.t3/userdata/settings.json`." // {
      example.enableAssistantStreaming = true;
    };
    keybindings = option json.type [ ] "Contents of {file}`~/.t3/userdata/keybindings.json`." // {
      example = [
        {
          key = "mod+j";
          command = "terminal.toggle";
        }
      ];
    };
    clientSettings = option json.type { } "Contents of {file}`~/.t3/userdata/client-settings.json`." // {
      example.settings.favorites = [ ];
    };
  };

  config.home = {
    activation = lib.listToAttrs (
      map (
        part:
        lib.nameValuePair part.activation (
          merge part.empty part.operation part.file (json.generate part.storeName part.values)
        )
      ) (lib.filter (part: part.isMutable) filled)
    );

    file = lib.listToAttrs (
      map (
        part:
        lib.nameValuePair ".t3/userdata/${part.file}" { source = json.generate part.storeName part.values; }
      ) (lib.filter (part: !part.isMutable) filled)
    );
  };
}
