{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  rbenv = lib.hm.options.programPath' cfg.package "rbenv";
in
{
  title = "rbenv, which has the version of Ruby that a project wants";
  docs = "https://rbenv.org/";

  shells = {
    bash = ''
      eval "$(${rbenv} init - bash)"
    '';
    zsh = ''
      eval "$(${rbenv} init - zsh)"
    '';
  };
  shellOptions.fish.shellInit = ''
    ${rbenv} init - fish | source
  '';

  options.plugins =
    option (types.listOf (
      types.submodule {
        options = {
          src = lib.mkOption {
            type = types.path;
            description = "The plugin.";
          };
          name = lib.mkOption {
            type = types.str;
            description = "Name of the plugin's directory.";
          };
        };
      }
    )) [ ] "Plugins. See <https://github.com/rbenv/rbenv/wiki/Plugins>."
    // {
      example = lib.literalExpression ''
        [
          {
            name = "ruby-build";
            src = builtins.fetchGit "https://github.com/rbenv/ruby-build.git";
          }
        ]
      '';
    };

  config.home.file.".rbenv/plugins" = lib.mkIf (cfg.plugins != [ ]) {
    source = pkgs.linkFarm "rbenv-plugins" (
      map (plugin: {
        inherit (plugin) name;
        path = plugin.src;
      }) cfg.plugins
    );
  };
}
