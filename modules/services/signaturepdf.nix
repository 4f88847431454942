{
  bin,
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "SignaturePDF, which signs and edits PDF files";
  docs = "https://github.com/24eme/signaturepdf";
  installed = null;

  options = {
    port = option types.port 8080 "The port of the server." // {
      example = 8081;
    };
    extraConfig = option (types.attrsOf (
      types.oneOf [
        types.str
        types.int
        types.bool
        types.float
      ]
    )) { } "Settings of PHP." // {
      example.upload_max_filesize = "24M";
    };
  };

  config.xdg.desktopEntries.signaturepdf = {
    name = "SignaturePDF";
    exec = "${lib.hm.options.binPath (pkgs.xdg-utils or null) "xdg-open"} http://localhost:${toString cfg.port}";
    terminal = false;
    icon = "${lib.hm.options.installPrefix cfg.package}/share/signaturepdf/public/favicon.ico";
  };

  unit =
    lib.hm.services.loginUnit "signaturepdf; signing, organizing, editing metadatas or compressing PDFs"
      {
        ExecStart = "${bin "signaturepdf"} ${toString cfg.port} ${
          lib.escapeShellArgs (
            lib.concatLists (
              lib.mapAttrsToList (name: value: [
                "-d"
                "${name}=${value}"
              ]) cfg.extraConfig
            )
          )
        }";
      };
}
