{
  cfg,
  config,
  exe,
  lib,
  option,
  types,
  ...
}:

let
  valueText =
    value:
    if lib.isList value then
      lib.concatMapStringsSep "," valueText value
    else if lib.isAttrs value then
      valueText (lib.mapAttrsToList (name: part: "${name}=${valueText part}") value)
    else
      toString value;

  given = name: value: lib.optionalString (value != null) " -${name} ${valueText value}";

  evaluates = cfg.modulesRight != null;
  assign = if evaluates then "eval " else "PS1=";

  arguments = ''
    ${lib.optionalString evaluates " -eval"}${given "modules" cfg.modules}${given "modules-right" cfg.modulesRight}${lib.optionalString cfg.newline " -newline"}${given "path-aliases" cfg.pathAliases}${
      lib.concatStrings (
        lib.mapAttrsToList (
          name: value: if value == true then " -${name}" else " -${name} ${valueText value}"
        ) cfg.settings
      )
    }
  '';

  modules = example: description: option (types.nullOr (types.listOf types.str)) null description // { inherit example; };
in
{
  title = "powerline-go, a prompt for shells";
  docs = "https://github.com/justjanne/powerline-go";
  installed = null;

  options = {
    modules = modules [
      "host"
      "cwd"
    ] "Modules of the prompt.";
    modulesRight = modules [ "git" ] "Modules at the right, where the shell has that.";
    newline = option types.bool false "Whether commands are on a line of their own." // {
      example = true;
    };
    pathAliases = option (types.nullOr (types.attrsOf types.str)) null "Short names of directories." // {
      example."\\~/projects/home-manager" = "prj:home-manager";
    };
    settings = option (types.attrsOf (
      types.oneOf [
        types.bool
        types.int
        types.str
        (types.listOf types.str)
      ]
    )) { } "Further arguments. See <https://github.com/justjanne/powerline-go#customization>." // {
      example = {
        hostname-only-if-ssh = true;
        cwd-max-depth = 7;
      };
    };
    extraUpdatePS1 = option types.str "" "Code after the prompt was made." // {
      example = ''
        PS1=$PS1"NixOS> ";
      '';
    };
  };

  config.programs = {
    bash.initExtra = lib.mkIf config.programs.bash.enable ''
      function _update_ps1() {
        local old_exit_status=$?
        ${assign}"$(${exe} -error $old_exit_status -shell bash${arguments})"
        ${cfg.extraUpdatePS1}
        return $old_exit_status
      }

      if [ "$TERM" != "linux" ]; then
        if [[ ";''${PROMPT_COMMAND:-};" != *";_update_ps1;"* ]]; then
          PROMPT_COMMAND="_update_ps1''${PROMPT_COMMAND:+;$PROMPT_COMMAND}"
        fi
      fi
    '';

    zsh.initContent = lib.mkIf config.programs.zsh.enable ''
      function powerline_precmd() {
        ${assign}"$(${exe} -error $? -shell zsh${arguments})"
        ${cfg.extraUpdatePS1}
      }

      function install_powerline_precmd() {
        for s in "$\{precmd_functions[@]}"; do
          if [ "$s" = "powerline_precmd" ]; then
            return
          fi
        done
        precmd_functions+=(powerline_precmd)
      }

      if [ "$TERM" != "linux" ]; then
        install_powerline_precmd
      fi
    '';

    fish.interactiveShellInit = lib.mkIf config.programs.fish.enable ''
      function fish_prompt
          eval ${exe} -error $status -jobs (count (jobs -p))${arguments}
          ${cfg.extraUpdatePS1}
      end
    '';
  };
}
