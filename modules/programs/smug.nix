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
  yaml = pkgs.formats.yaml { };

  optional = type: option (types.nullOr type) null;
  commands = optional (types.listOf types.str);
  required = type: description: lib.mkOption { inherit type description; };

  pane.options = {
    root = optional types.str "Directory of the pane, from that of the project.";
    commands = commands "Commands when the pane starts.";
    type = required (types.enum [
      "horizontal"
      "vertical"
    ]) "How the pane is split off.";
  };

  window.options = {
    name = required types.str "Name of the window.";
    selected = optional types.bool "Whether the window is the one that is shown.";
    root = optional types.str "Directory of the window, from that of the project.";
    commands = commands "Commands when the window starts.";
    layout = required (types.enum [
      "main-horizontal"
      "main-vertical"
      "even-vertical"
      "even-horizontal"
      "tiled"
    ]) "Layout of the panes.";
    manual = optional types.bool "Whether the window starts only when it is asked for.";
    panes = optional (types.listOf (types.submodule [ pane ])) "Panes of the window.";
  };

  withoutNull = lib.filterAttrsRecursive (_name: value: value != null);

  project =
    facts:
    lib.mapAttrs' (
      name: lib.nameValuePair (if name == "beforeStart" then "before_start" else name)
    ) (withoutNull facts)
    // {
      windows = map withoutNull facts.windows;
    };
in
{
  title = "smug, which starts sessions of tmux";
  docs = "https://github.com/ivaaaan/smug";

  options.projects = option (types.attrsOf (
    types.submodule (
      { name, ... }:
      {
        options = {
          session = option types.str name "Name of the session." // {
            example = lib.literalExpression ''"project-\''${worktree}"'';
          };
          root = optional types.str "Directory of the project; the home directory if null.";
          windows = required (types.listOf (types.submodule [ window ])) "Windows of the session.";
          env = optional (types.attrsOf types.str) "Environment variables.";
          beforeStart = commands "Commands before the session starts.";
          stop = commands "Commands after the session ended.";
        };
      }
    )
  )) { } "Projects by name. See <https://github.com/ivaaaan/smug#configuration>.";

  config.home.file =
    lib.hm.files.inDirectory "${config.home.homeDirectory}/.config/smug" ".yml" (name: facts: {
      source = yaml.generate "smug-project-${name}" (project facts);
    }) cfg.projects;
}
