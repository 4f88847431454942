# Terminals on the library VTE follow the directory of the shell.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  integration = lib.mkOption {
    type = lib.types.bool;
    default = false;
    example = true;
    description = "Whether the shell tells terminals on VTE in which directory it is.";
  };

  script = "${lib.hm.options.installPrefix (pkgs.vte or null)}/etc/profile.d/vte.sh";
in
{
  options.programs = {
    bash.enableVteIntegration = integration;
    zsh.enableVteIntegration = integration;
  };

  config.programs = {
    # The script overwrites the command of the prompt, and its own one loses the exit status.
    bash.initExtra = lib.mkIf config.programs.bash.enableVteIntegration ''
      __HM_PROMPT_COMMAND="''${PROMPT_COMMAND:+''${PROMPT_COMMAND%;};}__hm_vte_prompt_command"
      . ${script}
      if [[ $(type -t __vte_prompt_command) = function ]]; then
        __hm_vte_prompt_command() {
          local old_exit_status=$?
          __vte_prompt_command
          return $old_exit_status
        }
        PROMPT_COMMAND="$__HM_PROMPT_COMMAND"
      fi
      unset __HM_PROMPT_COMMAND
    '';

    zsh.initContent = lib.mkIf config.programs.zsh.enableVteIntegration ''
      . ${script}
    '';
  };
}
