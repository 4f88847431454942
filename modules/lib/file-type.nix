# The type of options like `home.file`.
{
  homeDirectory,
  lib,
  pkgs,
}:

let
  inherit (lib) mkOption types;

  switch =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
in
{
  # Targets are relative to `basePath`, an absolute path, and kept relative to the home.
  # `option` is the name of the option, `place` says in words where its files are.
  fileType =
    option: place: basePath:
    types.attrsOf (
      types.submodule (
        {
          name,
          config,
          options,
          ...
        }:
        {
          options = {
            enable = switch true "Whether the file is there at all.";

            target = mkOption {
              type = types.nonEmptyStr;
              apply =
                target:
                lib.removePrefix "${homeDirectory}/" (
                  if lib.hasPrefix "/" target then target else "${basePath}/${target}"
                );
              defaultText = lib.literalExpression "name";
              description = "Where the file is, relative to ${place}.";
            };

            text = mkOption {
              type = types.nullOr types.lines;
              default = null;
              description = "What is in the file, instead of [](#opt-${option}._name_.source).";
            };

            source = mkOption {
              type = types.path;
              description = "The file or directory that is to be there.";
            };

            # Whether a source at the priority of plain definitions replaces a text.
            textIsLost = mkOption {
              type = types.bool;
              default =
                config.text != null && options.source.highestPrio >= 100 && options.source.highestPrio < 1000;
              internal = true;
              visible = false;
            };

            executable = mkOption {
              type = types.nullOr types.bool;
              default = null;
              description = ''
                Whether the file can be run. If `null`, it can if its source can; a text cannot.
              '';
            };

            recursive = switch false ''
              Whether a directory is made of real directories with a link for each file, instead
              of being one link. Other programs can then put files beside those.
            '';

            ignorelinks = switch false ''
              Whether links within a recursive directory are linked to as they are. Otherwise
              those to directories become directories, and those to files are made again.
            '';

            onChange = mkOption {
              type = types.lines;
              default = "";
              description = ''
                Commands for {command}`bash` that run after all files are in place, if this one
                is another than before.
              '';
            };

            force = switch false ''
              Whether the file replaces whatever is in its place, without a backup.
            '';
          };

          config = {
            target = lib.mkDefault name;
            source = lib.mkIf (config.text != null) (
              lib.mkDefault (
                pkgs.writeTextFile {
                  name = lib.hm.strings.storeFileName name;
                  inherit (config) text;
                  executable = config.executable == true;
                }
              )
            );
          };
        }
      )
    );
}
