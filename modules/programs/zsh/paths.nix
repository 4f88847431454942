# The directory of zsh's files, in the forms that the parts of this module need.
{ config, lib }:

let
  withoutSlash = lib.removeSuffix "/";

  home = withoutSlash config.home.homeDirectory;

  absolute =
    path:
    let
      plain = withoutSlash path;
    in
    if lib.hasPrefix "/" plain then plain else "${home}/${plain}";

  # For the names of managed files; "." is the home directory.
  relative =
    path:
    let
      plain = withoutSlash path;
    in
    if plain == home then
      "."
    else if lib.hasPrefix "${home}/" plain then
      lib.removePrefix "${home}/" plain
    else if lib.hasPrefix "/" plain then
      throw ''
        programs.zsh.dotDir must be inside the home directory:
          ${path}
        is not below
          ${home}
      ''
    else
      plain;

  dotDir = if config.programs.zsh.dotDir == null then home else config.programs.zsh.dotDir;
in
rec {
  homeDir = home;
  dotDirAbs = absolute dotDir;
  dotDirRel = relative dotDir;

  # Shell variables are left for zsh to expand.
  mkShellVarPathStr =
    path: if lib.hasInfix "$" path then withoutSlash path else absolute path;

  mkAbsPathStr = absolute;
  mkRelPathStr = relative;
  cleanPathStr = path: lib.escapeShellArg (withoutSlash path);

  pluginsDir = if dotDirRel == "." then "${dotDirAbs}/.zsh/plugins" else "${dotDirAbs}/plugins";

  # Inside double quotes everything is literal but variables.
  doubleQuoted = text: ''"${lib.escape [ "\\" "\"" "`" ] text}"'';
}
