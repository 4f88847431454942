# Files of coding agents: contents may be text, a file or, of skills, a directory. What is built is
# known only then, and is checked then.
{
  lib,
  pkgs,

  # The name of the agent's module, and that in messages.
  program,
  title,
}:

let
  inherit (lib.hm.strings) isPathLike;

  checkedSkill =
    source:
    pkgs.runCommandLocal "${program}-skill" { } ''
      source=${lib.escapeShellArg (toString source)}
      if [[ -d "$source" ]]; then
        ln -s "$source" "$out"
      elif [[ -f "$source" ]]; then
        mkdir "$out"
        ln -s "$source" "$out/SKILL.md"
      else
        echo "${title} skill source must be a file or directory: $source" >&2
        exit 1
      fi
    '';

  skillFile =
    directory: name: content:
    if lib.isPath content && lib.pathIsDirectory content then
      lib.nameValuePair "${directory}/${name}" {
        source = content;
        recursive = true;
      }
    else if isPathLike content && !lib.isPath content then
      lib.nameValuePair "${directory}/${name}" {
        source = checkedSkill content;
        recursive = true;
      }
    else
      lib.nameValuePair "${directory}/${name}/SKILL.md" (fileOf content);

  # The file of text or of a path.
  fileOf = content: if isPathLike content then { source = content; } else { text = content; };

  # The directory that is the value of an option.
  directoryOf =
    option: source:
    if lib.isPath source then
      source
    else
      pkgs.runCommandLocal "${program}-${option}" { } ''
        if [[ ! -d ${lib.escapeShellArg (toString source)} ]]; then
          echo ${lib.escapeShellArg "programs.${program}.${option} must be a directory"} >&2
          exit 1
        fi
        ln -s ${lib.escapeShellArg (toString source)} "$out"
      '';
in
{
  inherit directoryOf fileOf;

  # Files below a directory, by the value of an option: a directory, or contents by name, of which
  # `make` makes the name and the configuration of a file.
  filesOf =
    option: directory: make: value:
    if isPathLike value then
      {
        ${directory} = {
          source = directoryOf option value;
          recursive = true;
        };
      }
    else
      lib.mapAttrs' make value;

  skillFiles =
    directory: skills:
    if isPathLike skills then
      {
        ${directory} = {
          source = directoryOf "skills" skills;
          recursive = true;
        };
      }
    else
      lib.mapAttrs' (skillFile directory) skills;

  # Directories that are in the configuration itself are checked before anything is built.
  mustBeDirectory = option: value: {
    assertion = !lib.isPath value || lib.pathIsDirectory value;
    message = "`programs.${program}.${option}` must be a directory when set to a path";
  };
}
