# A module for Visual Studio Code, or for another editor made of it: they differ in names and in
# the directories that these give.
{
  # The name below `programs`, and what the editor is called.
  module,
  title,

  package ? module,

  # The directory with the settings of the user, and that with extensions.
  settingsName,
  dataDirectory,

  # Whether the editor's version says nothing of that of Visual Studio Code.
  skipVersionCheck ? false,
}:

{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.strings) isPathLike;

  cfg = config.programs.${module};

  jsonFormat = pkgs.formats.json { };

  extensionsDirectory = "share/vscode/extensions";

  userDirectory =
    if pkgs.stdenv.hostPlatform.isDarwin then
      "${config.home.homeDirectory}/Library/Application Support/${settingsName}/User"
    else
      "${config.xdg.configHome}/${settingsName}/User";

  directoryOf =
    profile: userDirectory + lib.optionalString (profile != "default") "/profiles/${profile}";

  ownProfiles = removeAttrs cfg.profiles [ "default" ];
  allExtensions = lib.concatMap (profile: profile.extensions) (lib.attrValues cfg.profiles);

  # Since this version the editor has a list of its extensions, and wants it to be right.
  hasList =
    cfg.profiles ? default
    && (
      skipVersionCheck || lib.versionAtLeast (cfg.package.version or pkgs.vscode.version or "1.74.0") "1.74.0"
    );

  listOf = extensions: if extensions == [ ] then "[]" else (lib.hm.options.neededPackage pkgs "vscode-utils").toExtensionJson extensions;

  listFile =
    profile: extensions:
    pkgs.writeTextFile {
      name = "extensions-json-${profile}";
      text = listOf extensions;
      destination = "/${extensionsDirectory}/extensions.json";
    };

  # What the user wrote, or a file with it.
  jsonFile =
    name: value: if isPathLike value then value else jsonFormat.generate "vscode-${name}" value;

  settingsOf =
    profile:
    if isPathLike profile.userSettings then
      profile.userSettings
    else
      profile.userSettings
      // lib.optionalAttrs (profile.enableUpdateCheck == false) { "update.mode" = "none"; }
      // lib.optionalAttrs (profile.enableExtensionUpdateCheck == false) {
        "extensions.autoCheckUpdates" = false;
      };

  sharedServers =
    profile:
    if profile.enableMcpIntegration && config.programs.mcp.enable then
      lib.mapAttrs (
        name: server:
        lib.hm.mcp.transformMcpServer {
          inherit server;
          extraTransforms = [
            lib.hm.mcp.addType
            (lib.hm.mcp.wrapEnvFilesCommand { inherit pkgs name; })
          ];
        }
      ) config.programs.mcp.servers
    else
      { };

  mcpOf =
    profile:
    let
      servers = sharedServers profile // profile.userMcp.servers or { };
    in
    if isPathLike profile.userMcp then
      profile.userMcp
    else
      profile.userMcp // lib.optionalAttrs (servers != { }) { inherit servers; };

  keysOf =
    profile:
    if isPathLike profile.keybindings then
      profile.keybindings
    else
      map (lib.filterAttrs (_name: value: value != null)) profile.keybindings;

  filesOf =
    name: profile:
    let
      directory = directoryOf name;
      file =
        isThere: path: what: value:
        mkIf isThere { "${directory}/${path}".source = jsonFile what value; };
      settings = settingsOf profile;
    in
    lib.mkMerge [
      (file (settings != { }) "settings.json" "user-settings" settings)
      (file (profile.userTasks != { }) "tasks.json" "user-tasks" profile.userTasks)
      (file (profile.userMcp != { } || sharedServers profile != { }) "mcp.json" "user-mcp" (
        mcpOf profile
      ))
      (file (profile.keybindings != [ ]) "keybindings.json" "keybindings" (keysOf profile))
      (file (
        profile.globalSnippets != { }
      ) "snippets/global.code-snippets" "snippets" profile.globalSnippets)
      (lib.mapAttrs' (
        language: snippets:
        lib.nameValuePair "${directory}/snippets/${language}.json" {
          source = jsonFile "snippets-${language}" snippets;
        }
      ) profile.languageSnippets)
      (mkIf (name != "default") {
        "${directory}/extensions.json".source =
          "${listFile name profile.extensions}/${extensionsDirectory}/extensions.json";
      })
    ];

  # The directory of extensions, as one link.
  closedExtensions = {
    "${dataDirectory}/extensions".source = "${
      pkgs.buildEnv {
        name = "vscode-extensions";
        paths =
          allExtensions ++ lib.optional hasList (listFile "default" cfg.profiles.default.extensions);
      }
    }/${extensionsDirectory}";
  };

  # One link for each extension, so that the user can add others.
  openExtensions = lib.mkMerge (
    lib.concatMap (
      extension:
      map
        (name: {
          "${dataDirectory}/extensions/${name}".source = "${extension}/${extensionsDirectory}/${name}";
        })
        (
          if extension ? vscodeExtUniqueId then
            [ extension.vscodeExtUniqueId ]
          else
            lib.attrNames (builtins.readDir (extension + "/${extensionsDirectory}"))
        )
    ) allExtensions
    ++ lib.optional (hasList && cfg.package != null) {
      "${dataDirectory}/extensions/.extensions-immutable.json" = {
        text = listOf cfg.profiles.default.extensions;
        onChange = ''
          run rm $VERBOSE_ARG -f ${dataDirectory}/extensions/{extensions.json,.init-default-profile-extensions}
          verboseEcho "Regenerating VSCode extensions.json"
          run ${lib.getExe cfg.package} --list-extensions > /dev/null
        '';
      };
    }
  );

  # The editor knows its profiles from a file that it writes itself.
  rememberProfiles = pkgs.writeShellScript "${module}-global-storage-modify" ''
    storage="${userDirectory}/globalStorage/storage.json"
    names=$(printf '%s\n' ${lib.escapeShellArgs (lib.attrNames ownProfiles)} \
      | ${pkgs.jq}/bin/jq -R 'select(. != "")' | ${pkgs.jq}/bin/jq -s .)
    mkdir -p "''${storage%/*}"
    if [[ ! -e $storage ]]; then echo '{}' > "$storage"; fi

    known=$(< "$storage")
    wanted=$(${pkgs.jq}/bin/jq --argjson names "$names" '
      (.userDataProfiles // []) as $have
      | ($names - [$have[] | select(.name == .location) | .name]) as $new
      | if $new == [] then . else .userDataProfiles = $have + ($new | map({name: ., location: .})) end
    ' <<< "$known")
    if [[ $wanted != "$(${pkgs.jq}/bin/jq . <<< "$known")" ]]; then
      printf '%s\n' "$wanted" > "$storage"
    fi
  '';
in
{
  options.programs.${module} = {
    enable = lib.mkEnableOption title;

    package = lib.hm.options.packageOption pkgs title {
      nullable = true;
      default = package;
    };

    mutableExtensionsDir = mkOption {
      type = types.bool;
      default = ownProfiles == { };
      defaultText = lib.literalMD "whether there are no profiles but `default`";
      example = false;
      description = "Whether the user can install further extensions in the editor.";
    };

    argvSettings = mkOption {
      type = types.either types.path jsonFormat.type;
      default = { };
      example.enable-crash-reporter = false;
      description = "Contents of {file}`~/${dataDirectory}/argv.json`.";
    };

    profiles = mkOption {
      type = types.attrsOf (import ./profile.nix { inherit lib jsonFormat; });
      default = { };
      description = "Profiles, by their names. The one that the editor starts with is `default`.";
    };
  };

  config = mkIf cfg.enable {
    warnings =
      lib.optional (
        ownProfiles != { } && cfg.mutableExtensionsDir
      ) "programs.${module}.mutableExtensionsDir can be used only if no profiles apart from default are set."
      ++
        lib.optional
          (lib.any (
            profile: profile.enableExtensionUpdateCheck != null || profile.enableUpdateCheck != null
          ) (lib.attrValues ownProfiles))
          "The option programs.${module}.profiles.*.enableExtensionUpdateCheck and option programs.${module}.profiles.*.enableUpdateCheck is invalid for all profiles except default.";

    home.packages = lib.optional (cfg.package != null) cfg.package;

    home.activation."${module}Profiles" = mkIf (ownProfiles != { }) (
      lib.hm.dag.entryAfter [ "writeBoundary" ] "run ${rememberProfiles}\n"
    );

    home.file = lib.mkMerge (
      lib.mapAttrsToList filesOf cfg.profiles
      ++ [
        (mkIf (cfg.argvSettings != { }) {
          "${dataDirectory}/argv.json".source = jsonFile "argv" cfg.argvSettings;
        })
        (mkIf (cfg.profiles != { }) (
          if cfg.mutableExtensionsDir && ownProfiles == { } then openExtensions else closedExtensions
        ))
      ]
    );
  };
}
