# The type of `home.file` and its relatives: files by name, below some directory of the home.
{
  homeDirectory,
  lib,
  pkgs,
}:

let
  inherit (lib) hasPrefix mkDefault mkIf mkOption removePrefix types;
in
{
  # `option`: the name of the option, for descriptions. `basePath`: where its files are.
  fileType =
    option: baseText: basePath:
    types.attrsOf (
      types.submodule (
        { name, config, ... }:
        {
          options = {
            enable = mkOption {
              type = types.bool;
              default = true;
              description = "Whether the file is made.";
            };

            target = mkOption {
              type = types.nonEmptyStr;
              defaultText = lib.literalExpression "name";
              apply =
                target:
                removePrefix "${homeDirectory}/" (
                  if hasPrefix "/" target then target else "${basePath}/${target}"
                );
              description = "Where the file is, relative to ${baseText}.";
            };

            text = mkOption {
              type = types.nullOr types.lines;
              default = null;
              description = "The text of the file; without it, `${option}.<name>.source` is needed.";
            };

            source = mkOption {
              type = types.path;
              description = "The file or directory that is put there.";
            };

            executable = mkOption {
              type = types.nullOr types.bool;
              default = null;
              description = "Whether it can be executed; null: as the source.";
            };

            recursive = mkOption {
              type = types.bool;
              default = false;
              description = ''
                Whether a directory is made of which each file is a link, in place of one link to
                the whole directory.
              '';
            };

            ignorelinks = mkOption {
              type = types.bool;
              default = false;
              description = ''
                Whether links inside a recursive source are linked to, in place of being copied.
              '';
            };

            onChange = mkOption {
              type = types.lines;
              default = "";
              description = "Commands that run after activation when the file has changed.";
            };

            force = mkOption {
              type = types.bool;
              default = false;
              description = "Whether it replaces whatever is there without a backup.";
            };
          };

          config = {
            target = mkDefault name;
            source = mkIf (config.text != null) (
              mkDefault (
                pkgs.writeTextFile {
                  inherit (config) text;
                  executable = config.executable == true;
                  name = lib.hm.strings.storeFileName name;
                }
              )
            );
          };
        }
      )
    );
}
