{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  optional = type: example: description: option (types.nullOr type) null description // { inherit example; };
  fingerprint = kind: optional types.str "SHA256:1111111111111111111111111111111111111111111" "Fingerprint of the server's ${kind} key.";

  given = value: line: lib.optional (value != null) line;
  lines =
    given cfg.host ''set -g tmate-server-host "${cfg.host}"''
    ++ given cfg.port "set -g tmate-server-port ${toString cfg.port}"
    ++ given cfg.dsaFingerprint ''set -g tmate-server-ed25519-fingerprint "${cfg.dsaFingerprint}"''
    ++ given cfg.rsaFingerprint ''set -g tmate-server-rsa-fingerprint "${cfg.rsaFingerprint}"''
    ++ lib.optional (cfg.extraConfig != "") cfg.extraConfig;
in
{
  title = "tmate, which shares terminals";
  docs = "https://tmate.io/";

  options = {
    host = optional types.str "tmate.io" "The server.";
    port = optional types.port 2222 "Port of the server.";
    dsaFingerprint = fingerprint "Ed25519";
    rsaFingerprint = fingerprint "RSA";
    extraConfig = option types.lines "" "Further lines of {file}`~/.tmate.conf`, as for tmux.";
  };

  config.home.file.".tmate.conf" = lib.mkIf (lines != [ ]) { text = lib.concatLines lines; };
}
