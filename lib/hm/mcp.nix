# Shared shaping of Model Context Protocol servers for the programs that read them.
#
# A variable of a server's `env` is either text or `{ file = PATH; }`, whose content is read
# when the server starts.
{ lib }:

let
  inherit (lib) filterAttrs mapAttrs mapAttrsToList;

  isFileRef = value: lib.isAttrs value && value ? file;
  literals = filterAttrs (_name: value: !isFileRef value);
  files = env: mapAttrs (_name: value: value.file) (filterAttrs (_name: isFileRef) env);

  renderEnv =
    render: mapAttrs (_name: value: if isFileRef value then render value.file else value);

  isSet = value: value != null && value != [ ] && value != { };

  # `null` if the server says neither, so that the field is left out.
  resolveEnabled =
    server:
    if server.enabled or null != null then
      server.enabled
    else if server.disabled or null != null then
      !server.disabled
    else
      null;

  # A script that reads the files into the environment and then becomes the server.
  mkEnvFilesWrapper =
    {
      pkgs,
      name,
      server,
    }:
    let
      readFile = variable: path: ''
        if ${variable}=$(cat ${lib.escapeShellArg path}); then
          export ${variable}
        else
          printf '[${name} wrapper ] Failed to read env var %s from %s\n' \
            ${lib.escapeShellArg variable} \
            ${lib.escapeShellArg path} >&2
        fi
      '';
    in
    pkgs.writeShellScript "mcp-${name}-wrapper" ''
      ${lib.concatStrings (mapAttrsToList readFile (files (server.env or { })))}
      exec ${lib.escapeShellArgs ([ server.command ] ++ (server.args or [ ]))}
    '';
in
{
  inherit renderEnv resolveEnabled mkEnvFilesWrapper;

  # For programs that cannot read variables from files: wraps the server's command.
  wrapEnvFilesCommand =
    { pkgs, name }:
    server:
    let
      env = server.env or { };
    in
    server
    // lib.optionalAttrs (files env != { }) {
      command = mkEnvFilesWrapper { inherit pkgs name server; };
      args = [ ];
      env = literals env;
    };

  addType =
    server: { type = if server.url or null != null then "http" else "stdio"; } // server;

  # Brings one server into the shape a program reads: one `enabled`, one `url`, transforms in
  # order, then file references rendered, excluded names and empty values dropped.
  transformMcpServer =
    {
      server,
      exclude ? [ ],
      extraTransforms ? [ ],
      mkFileRef ? (path: "{file:${path}}"),
    }:
    let
      unified = server // {
        enabled = resolveEnabled server;
        url = if server.url or null != null then server.url else server.serverUrl or null;
      };
      transformed = builtins.foldl' (value: transform: transform value) unified extraTransforms;
      rendered =
        transformed
        // lib.optionalAttrs (transformed ? env) { env = renderEnv mkFileRef transformed.env; };
    in
    filterAttrs (_name: isSet) (
      removeAttrs rendered (
        [
          "disabled"
          "serverUrl"
        ]
        ++ exclude
      )
    );
}
