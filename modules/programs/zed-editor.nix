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

  directory = "${config.xdg.configHome}/zed";

  jq = lib.hm.options.tool pkgs "jq" "jq";
  json5 =
    if pkgs ? python3Packages.json5 then
      lib.getExe (pkgs.python3Packages.toPythonApplication pkgs.python3Packages.json5)
    else
      "pyjson5";

  # Zed's own settings stay where ours say nothing of them.
  merge =
    {
      empty,
      operation,
      file,
      values,
    }:
    let
      path = lib.escapeShellArg "${directory}/${file}";
    in
    lib.hm.dag.entryAfter [ "linkGeneration" ] ''
      mkdir -p $(dirname ${path})
      if [ ! -e ${path} ]; then
        # No file? Create it
        echo ${lib.escapeShellArg empty} > ${path}
      fi
      dynamic="$(${json5} --as-json ${path} 2>/dev/null || echo ${lib.escapeShellArg empty})"
      static="$(cat ${lib.escapeShellArg values})"
      config="$(${jq} -n ${lib.escapeShellArg operation} --argjson dynamic "$dynamic" --argjson static "$static")"
      printf '%s\n' "$config" > ${path}
      unset config
    '';

  # A file, and how it is merged with the editor's own one.
  parts = {
    settings = {
      isMutable = cfg.mutableUserSettings;
      values = settings;
      empty = "{}";
      operation = "$dynamic * $static";
      file = "settings.json";
      activation = "zedSettingsActivation";
      storeName = "zed-user-settings";
    };
    keymap = listPart "context" // {
      isMutable = cfg.mutableUserKeymaps;
      values = cfg.userKeymaps;
      file = "keymap.json";
      activation = "zedKeymapActivation";
      storeName = "zed-user-keymaps";
    };
    tasks = listPart "label" // {
      isMutable = cfg.mutableUserTasks;
      values = cfg.userTasks;
      file = "tasks.json";
      activation = "zedTasksActivation";
      storeName = "zed-user-tasks";
    };
    debug = listPart "label" // {
      isMutable = cfg.mutableUserDebug;
      values = cfg.userDebug;
      file = "debug.json";
      activation = "zedDebugActivation";
      storeName = "zed-user-debug";
    };
  };

  listPart = key: {
    empty = "[]";
    operation = "$dynamic + $static | group_by(.${key}) | map(reduce .[] as $item ({}; . * $item))";
  };

  filled = lib.filter (part: part.values != { } && part.values != [ ]) (lib.attrValues parts);

  server =
    name: server:
    lib.optionalAttrs (server.command != null) { args = [ ]; }
    // lib.hm.mcp.transformMcpServer {
      inherit server;
      extraTransforms = [ (lib.hm.mcp.wrapEnvFilesCommand { inherit pkgs name; }) ];
    };

  servers =
    lib.optionalAttrs (cfg.enableMcpIntegration && config.programs.mcp.enable) (
      lib.mapAttrs server config.programs.mcp.servers
    )
    // cfg.userSettings.context_servers or { };

  settings =
    cfg.userSettings
    // lib.optionalAttrs (cfg.extensions != [ ]) {
      auto_install_extensions = lib.genAttrs cfg.extensions (_name: true);
    }
    // lib.optionalAttrs (servers != { }) { context_servers = servers; };

  mutable = what: option types.bool true "Whether Zed itself can change ${what} too." // { example = false; };
  jsonOption = default: page: description: option json.type default "${description} See <https://zed.dev/docs/${page}>.";

  requires = name: used: {
    assertion = used -> cfg.package != null;
    message = "{option}programs.zed-editor.${name} requires non null {option}programs.zed-editor.package";
  };

  editor = "${cfg.package.meta.mainProgram} --wait";
in
{
  title = "Zed, a code editor";
  docs = "https://zed.dev/docs/configuring-zed";
  installed = lib.hm.programs.withPrograms pkgs cfg.package (cfg.package.meta.mainProgram or "zeditor"
  ) cfg.extraPackages;

  options = {
    extraPackages = option (types.listOf types.package) [ ] "Packages whose programs Zed can call." // {
      example = lib.literalExpression "[ pkgs.nixd ]";
    };

    mutableUserSettings = mutable "the settings";
    mutableUserKeymaps = mutable "key bindings";
    mutableUserTasks = mutable "tasks";
    mutableUserDebug = mutable "configurations of the debugger";

    userSettings = jsonOption { } "configuring-zed" "Contents of {file}`$XDG_CONFIG_HOME/zed/settings.json`." // {
      example.telemetry.metrics = false;
    };

    userKeymaps = jsonOption [ ] "key-bindings" "Contents of {file}`$XDG_CONFIG_HOME/zed/keymap.json`." // {
      example = [
        {
          context = "Workspace";
          bindings.ctrl-shift-t = "workspace::NewTerminal";
        }
      ];
    };

    userTasks = jsonOption [ ] "tasks" "Contents of {file}`$XDG_CONFIG_HOME/zed/tasks.json`." // {
      example = [
        {
          label = "Format Code";
          command = "nix";
          args = [ "fmt" ];
        }
      ];
    };

    userDebug = jsonOption [ ] "debugger" "Contents of {file}`$XDG_CONFIG_HOME/zed/debug.json`." // {
      example = [
        {
          label = "Go (Delve)";
          adapter = "Delve";
          program = "$ZED_FILE";
          request = "launch";
          mode = "debug";
        }
      ];
    };

    extensions = option (types.listOf types.str) [ ] "Extensions that Zed installs. See <https://zed.dev/extensions>." // {
      example = [
        "swift"
        "nix"
      ];
    };

    installRemoteServer = option types.bool false "Whether the server for remote development is installed, so that other machines need not upload it." // {
      example = true;
    };

    enableMcpIntegration = option types.bool false "Whether Zed has the servers of {option}`programs.mcp.servers`. Servers in `userSettings.context_servers` go before them.";

    themes = option (types.attrsOf (lib.hm.files.contentsType json.type)) { } "Themes by name, which are written to {file}`$XDG_CONFIG_HOME/zed/themes/NAME.json`. See <https://zed.dev/docs/extensions/themes>.";

    defaultEditor = option types.bool false "Whether Zed is the editor in {env}`EDITOR` and {env}`VISUAL`.";
  };

  config = {
    assertions = [
      (requires "extraPackages" (cfg.extraPackages != [ ]))
      (requires "defaultEditor" cfg.defaultEditor)
    ];

    home.file = lib.mkIf (cfg.installRemoteServer && cfg.package ? remote_server) {
      ".zed_server/${cfg.package.remoteServerExecutableName}".source =
        lib.getExe' cfg.package.remote_server cfg.package.remoteServerExecutableName;
    };

    home.activation = lib.listToAttrs (
      map (
        part:
        lib.nameValuePair part.activation (merge {
          inherit (part) empty operation file;
          values = json.generate part.storeName part.values;
        })
      ) (lib.filter (part: part.isMutable) filled)
    );

    xdg.configFile =
      lib.listToAttrs (
        map (
          part:
          lib.nameValuePair "zed/${part.file}" { source = json.generate part.storeName part.values; }
        ) (lib.filter (part: !part.isMutable) filled)
      )
      // lib.hm.files.inDirectory "zed/themes" ".json" (name: theme: {
        source = lib.hm.files.fileOf pkgs json.generate "zed-theme-${name}" theme;
      }) cfg.themes;

    home.sessionVariables = lib.mkIf cfg.defaultEditor {
      EDITOR = editor;
      VISUAL = editor;
    };
  };
}
