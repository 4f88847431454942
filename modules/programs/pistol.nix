{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  line =
    {
      fpath,
      mime,
      command,
    }:
    if fpath == "" then "${mime} ${command}" else "fpath ${fpath} ${command}";
in
{
  title = "pistol, which shows files to file managers of the terminal";
  docs = "https://github.com/doronbehar/pistol#configuration";

  removed.config = "Pistol is now configured with programs.pistol.associations.";

  files.associations = {
    format = "text";
    type = types.listOf (
      types.submodule {
        options = {
          command = lib.mkOption {
            type = types.str;
            description = "Command that shows the file.";
          };
          fpath = option types.str "" "Regular expression of paths.";
          mime = option types.str "" "Regular expression of MIME types.";
        };
      }
    );
    default = [ ];
    empty = [ ];
    text = lib.concatMapStringsSep "\n" line;
    config = "pistol/pistol.conf";
    description = "Commands for kinds of files, in their order. See <https://github.com/doronbehar/pistol#configuration>.";
    example = [
      {
        mime = "application/json";
        command = "bat %pistol-filename%";
      }
    ];
  };

  config.assertions = [
    {
      assertion = lib.all (entry: (entry.fpath == "") != (entry.mime == "")) cfg.associations;
      message = ''
        Each entry in programs.pistol.associations must contain exactly one
        of fpath or mime.
      '';
    }
  ];
}
