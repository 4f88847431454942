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
  inherit (lib) concatStringsSep mapAttrsToList;

  python =
    value:
    if value == null then
      "None"
    else if lib.isBool value then
      (if value then "True" else "False")
    else if lib.isString value then
      ''"${value}"''
    else if lib.isList value then
      "[${lib.concatMapStringsSep ", " python value}]"
    else
      toString value;

  # Lists of the name with dots and the value of each setting.
  flatten =
    settings:
    lib.collect lib.isList (
      lib.mapAttrsRecursive (path: value: [
        (concatStringsSep "." path)
        value
      ]) settings
    );

  setting = arguments: "config.set(${lib.concatMapStringsSep ", " python arguments})";
  entry = name: key: value: ''${name}['${key}'] = "${value}"'';

  binding =
    mode: key: command:
    if command == null then
      ''config.unbind("${key}", mode="${mode}")''
    else
      ''config.bind("${key}", "${lib.escape [ ''"'' ] command}", mode="${mode}")'';

  settingsFile = concatStringsSep "\n" (
    [ "config.load_autoconfig(${lib.optionalString (!cfg.loadAutoconfig) "False"})" ]
    ++ map setting (flatten cfg.settings)
    ++ mapAttrsToList (entry "c.aliases") cfg.aliases
    ++ mapAttrsToList (entry "c.url.searchengines") cfg.searchEngines
    ++ mapAttrsToList (entry "c.bindings.key_mappings") cfg.keyMappings
    ++ lib.optional (!cfg.enableDefaultBindings) "c.bindings.default = {}"
    ++ mapAttrsToList (
      mode: bindings: concatStringsSep "\n" (mapAttrsToList (binding mode) bindings)
    ) cfg.keyBindings
    ++ lib.optional (cfg.extraConfig != "") cfg.extraConfig
    ++ lib.concatLists (
      mapAttrsToList (
        pattern: settings: map (arguments: setting (arguments ++ [ pattern ])) (flatten settings)
      ) cfg.perDomainSettings
    )
  );

  directory =
    if pkgs.stdenv.hostPlatform.isDarwin then
      ".qutebrowser"
    else
      "${config.xdg.configHome}/qutebrowser";

  # A browser that runs reads its configuration when it is asked to, by its socket.
  reload = ''
    hash="$(echo -n "$USER" | md5sum | cut -d' ' -f1)"
    socket="''${XDG_RUNTIME_DIR:-/run/user/$UID}/qutebrowser/ipc-$hash"
    if [[ -S $socket ]]; then
      command=${
        lib.escapeShellArg (
          builtins.toJSON {
            args = [ ":config-source" ];
            target_arg = null;
            protocol_version = 1;
          }
        )
      }
      echo "$command" | ${lib.hm.options.tool pkgs "socat" "socat"} -lf /dev/null - UNIX-CONNECT:"$socket"
    fi
    unset hash socket command
  '';

  texts = option (types.attrsOf types.str) { };
in
{
  title = "qutebrowser, a browser for the keyboard";
  docs = "https://qutebrowser.org/doc/help/configuring.html";

  options = {
    aliases = texts "Commands by the alias that stands for them.";

    loadAutoconfig = option types.bool false "Whether settings are read that were made in the browser.";

    searchEngines = texts "Search engines: addresses where `{}` stands for the terms. `DEFAULT` is the default one." // {
      example.w = "https://en.wikipedia.org/wiki/Special:Search?search={}";
    };

    settings = option (types.attrsOf types.anything) { } "Settings. See <https://qutebrowser.org/doc/help/settings.html>." // {
      example.tabs.tabs_are_windows = true;
    };

    keyMappings = texts "Keys that stand for other keys.";

    enableDefaultBindings = option types.bool true "Whether the default key bindings are there.";

    keyBindings =
      option (types.attrsOf (types.attrsOf (types.nullOr (types.separatedString " ;; ")))) { } ''
        Commands by mode and key; null unbinds the key. See <https://qutebrowser.org/doc/help/commands.html>.
      ''
      // {
        example.normal = {
          "<Ctrl-v>" = "spawn mpv {url}";
          ",p" = "spawn --userscript qute-pass";
        };
      };

    quickmarks = texts "Addresses by the name of the quickmark." // {
      example.nixpkgs = "https://github.com/NixOS/nixpkgs";
    };

    greasemonkey = option (types.listOf types.package) [ ] "Scripts for pages." // {
      example = lib.literalExpression ''
        [ (pkgs.writeText "hello.js" "console.log('hello')") ]
      '';
    };

    extraConfig = option types.lines "" "Further lines of {file}`config.py`.";

    perDomainSettings =
      option (types.attrsOf types.anything) { } ''
        Settings by the pattern of addresses. See
        <https://qutebrowser.org/doc/help/configuring.html#patterns>.
      ''
      // {
        example."zoom.us".content.autoplay = true;
      };
  };

  config.home.file = {
    "${directory}/config.py" = {
      text = settingsFile;
    }
    // lib.optionalAttrs pkgs.stdenv.hostPlatform.isLinux { onChange = reload; };

    "${directory}/quickmarks" = lib.mkIf (cfg.quickmarks != { }) {
      text = concatStringsSep "\n" (mapAttrsToList (name: url: "${name} ${url}") cfg.quickmarks);
    };

    "${directory}/greasemonkey" = lib.mkIf (cfg.greasemonkey != [ ]) {
      source = pkgs.linkFarmFromDrvs "greasemonkey-userscripts" cfg.greasemonkey;
    };
  };
}
