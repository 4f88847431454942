{
  cfg,
  config,
  exe,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  directory = "${config.xdg.configHome}/mise";

  inherit (cfg) package;

  # Output of mise that is the same each time is made once.
  made = name: arguments: pkgs.runCommand name { } ''
    ${exe} ${arguments} > $out
  '';

  unlessNull = lib.optionalString (package != null);
in
{
  title = "mise, which has the versions of tools that a project wants";
  docs = "https://mise.jdx.dev/configuration.html";

  renamed.settings = "globalConfig.settings";

  imports =
    map
      (
        name:
        lib.mkRemovedOptionModule [ "programs" "rtx" name ] ''
          The `rtx` package has been replaced by `mise`, please switch over to
          using the options under `programs.mise.*` instead.
        ''
      )
      [
        "enable"
        "package"
        "enableBashIntegration"
        "enableZshIntegration"
        "enableFishIntegration"
        "enableNushellIntegration"
        "settings"
      ];

  files.globalConfig = {
    format = "toml";
    storeName = "mise-config";
    xdg = if cfg.enableMutableConfig then "mise/conf.d/50-home-manager.toml" else "mise/config.toml";
    description = ''
      Contents of {file}`$XDG_CONFIG_HOME/mise/config.toml`. See
      <https://mise.jdx.dev/configuration.html>.
    '';
    example = {
      settings.experimental = true;
      tools = {
        node = "lts";
        python = [
          "3.10"
          "3.11"
        ];
      };
    };
  };

  shells = {
    bash = unlessNull ''
      eval "$(${exe} activate bash)"
      source ${made "mise-bash-completion.bash" "completion bash --include-bash-completion-lib"}
    '';
    zsh = unlessNull ''
      eval "$(${exe} activate zsh)"
    '';
    fish = unlessNull ''
      ${exe} activate fish | source
    '';
    nushell = unlessNull ''
      use ${made "mise-nushell-config.nu" "activate nu"}
    '';
  };

  options.enableMutableConfig =
    option types.bool false ''
      Whether {file}`config.toml` is a file that mise itself can change. The configuration is then
      written to {file}`$XDG_CONFIG_HOME/mise/conf.d/50-home-manager.toml`.
    ''
    // {
      example = true;
    };

  config = {
    warnings =
      lib.optional
        (
          package == null
          && (
            cfg.enableBashIntegration
            || cfg.enableZshIntegration
            || cfg.enableFishIntegration
            || cfg.enableNushellIntegration
          )
        )
        ''
          You have enabled shell integration for `mise` but have not set `package`.
          The shell integration will not be added.
        '';

    # It completes words of command lines for mise.
    home.packages = lib.mkIf (package != null) [ pkgs.usage ];

    home.activation.miseMutableConfig = lib.mkIf cfg.enableMutableConfig (
      lib.hm.dag.entryAfter [ "linkGeneration" ] (
        let
          file = lib.escapeShellArg "${directory}/config.toml";
        in
        ''
          if [[ ! -e ${file} && ! -L ${file} ]]; then
            run mkdir -p ${lib.escapeShellArg directory}
            run touch ${file}
          fi
        ''
      )
    );
  };
}
