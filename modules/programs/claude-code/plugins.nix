# Plugins of Claude Code, one of which has the servers of the configuration.
{
  json,
  lib,
  pkgs,

  # The options of `programs.claude-code`, and all servers of the Model Context Protocol.
  lspServers,
  mcpServers,
  package,
  plugins,

}:

let
  serverFiles =
    lib.optional (mcpServers != { }) {
      name = ".mcp.json";
      file = json.generate "claude-code-mcp.json" { inherit mcpServers; };
    }
    ++ lib.optional (lspServers != { }) {
      name = ".lsp.json";
      file = json.generate "claude-code-lsp.json" lspServers;
    };

  hasServers = serverFiles != [ ];

  serverPlugin = pkgs.runCommand "claude-code-hm-plugin" { } (
    ''
      install -Dm644 ${
        json.generate "claude-code-plugin.json" { name = "hm"; }
      } $out/.claude-plugin/plugin.json
    ''
    + lib.concatLines (
      map (server: "install -Dm644 ${server.file} $out/${server.name}") serverFiles
    )
  );

  # A plugin that has a manifest, for Claude Code ignores those without one here.
  withManifest = name: plugin: {
    inherit name;
    source = pkgs.runCommand "claude-code-${name}" { } ''
      mkdir -p "$out"
      shopt -s dotglob nullglob
      for entry in "${plugin}"/*; do
        ln -s "$entry" "$out/$(basename "$entry")"
      done

      if [[ ! -e $out/.claude-plugin/plugin.json ]]; then
        # What else is in the directory stays.
        rm -f "$out/.claude-plugin"
        mkdir -p "$out/.claude-plugin"
        for entry in "${plugin}"/.claude-plugin/*; do
          ln -s "$entry" "$out/.claude-plugin/$(basename "$entry")"
        done
        install -m644 ${
          json.generate "claude-code-${name}.json" { inherit name; }
        } "$out/.claude-plugin/plugin.json"
      fi
    '';
  };

  nameOf =
    plugin:
    builtins.unsafeDiscardStringContext (
      lib.strings.sanitizeDerivationName (baseNameOf (toString plugin))
    );
in
rec {
  # The plugins by name, for the directory of skills.
  entries =
    lib.optional hasServers {
      # The name of the directory, which must differ from those of plugins and skills.
      name = "claude-code-home-manager";
      source = serverPlugin;
    }
    ++ (
      if lib.isList plugins then
        map (plugin: withManifest (nameOf plugin) plugin) plugins
      else
        lib.mapAttrsToList withManifest plugins
    );

  # The same, for the arguments.
  sources =
    lib.optional hasServers serverPlugin
    ++ (if lib.isList plugins then plugins else lib.attrValues plugins);

  # The program with the arguments.
  wrapped = pkgs.symlinkJoin {
    name = "claude-code";
    paths = [ package ];
    postBuild = ''
      mv $out/bin/claude $out/bin/.claude-wrapped
      cat > $out/bin/claude <<EOF
      #! ${pkgs.bash}/bin/bash -e
      exec -a "\$0" "$out/bin/.claude-wrapped" ${
        lib.escapeShellArgs (
          lib.concatMap (source: [
            "--plugin-dir"
            "${source}"
          ]) sources
        )
      } "\$@"
      EOF
      chmod +x $out/bin/claude
    '';
    inherit (package) meta;
  };
}
