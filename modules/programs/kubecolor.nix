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

  inXdg = config.home.preferXdgDirectories && config.xdg.enable;
  file = if inXdg then "${config.xdg.configHome}/kubecolor.yaml" else ".kube/color.yaml";
in
{
  title = "kubecolor, kubectl with colors";
  docs = "https://kubecolor.github.io/reference/config/";

  options = {
    enableAlias = option types.bool false "Whether `kubectl` is an alias of kubecolor.";
    enableZshIntegration = lib.hm.shell.mkZshIntegrationOption { inherit config; };

    settings = option yaml.type { } ''
      Contents of {file}`~/.kube/color.yaml`, or of {file}`$XDG_CONFIG_HOME/kubecolor.yaml` with
      {option}`home.preferXdgDirectories`. See <https://kubecolor.github.io/reference/config/>.
    '' // {
      example = {
        preset = "dark";
        paging = "auto";
      };
    };
  };

  config = {
    home.sessionVariables = lib.mkIf inXdg { KUBECOLOR_CONFIG = file; };

    home.file.${file} = lib.mkIf (cfg.settings != { }) {
      source = yaml.generate "kubecolor-settings" cfg.settings;
    };

    home.shellAliases = lib.mkIf (cfg.enableAlias && cfg.package != null) {
      kubectl = lib.getExe cfg.package;
      oc = lib.mkIf (
        pkgs ? openshift && lib.elem pkgs.openshift config.home.packages
      ) "env KUBECTL_COMMAND=${lib.getExe pkgs.openshift} ${lib.getExe cfg.package}";
    };

    programs.zsh.initContent = lib.mkIf cfg.enableZshIntegration "compdef kubecolor=kubectl";
  };
}
