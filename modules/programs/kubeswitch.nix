{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  inherit (cfg) commandName;

  # The name of the function is known only here, so its code is made.
  filesFor =
    shell: commands:
    pkgs.runCommand "kubeswitch-${commandName}-shell-files-for-${shell}" commands ''
      mkdir -p $out/share
      ${
        if shell == "fish" then
          ''
            switcher init fish | sed "s/kubeswitch/${commandName}/" > $out/share/${commandName}_init.fish
            switcher --cmd ${commandName} completion fish > $out/share/${commandName}_completion.fish
          ''
        else
          ''
            switcher init "${shell}" | sed "s/switch(/${commandName}(/" > "$out/share/${commandName}_init.${shell}"
            switcher --cmd "${commandName}" completion "${shell}" > "$out/share/${commandName}_completion.${shell}"
          ''
      }'';

  source =
    shell:
    let
      files = filesFor shell (
        if shell == "fish" then { buildInputs = [ cfg.package ]; } else { nativeBuildInputs = [ cfg.package ]; }
      );
    in
    lib.mkIf (cfg.package != null) ''
      source ${files}/share/${commandName}_init.${shell}
      source ${files}/share/${commandName}_completion.${shell}
    '';
in
{
  title = "kubeswitch, which changes between Kubernetes clusters";
  docs = "https://github.com/danielfoehrKn/kubeswitch";

  files.settings = {
    format = "yaml";
    storeName = "kubeswitch-settings";
    home = ".kube/switch-config.yaml";
    example.kind = "SwitchConfig";
  };

  shells = {
    bash = source "bash";
    fish = source "fish";
    zsh = source "zsh";
  };

  options.commandName = option types.str "kswitch" "Name of the command.";
}
