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
  toml = pkgs.formats.toml { };

  text = example: description: option types.str "" description // { inherit example; };

  # Before, the settings were those of one section.
  hasSections = lib.versionAtLeast config.home.stateVersion "21.11";
  inSection = settings: if hasSections then { General = settings; } else settings;
in
{
  title = "pet, which keeps snippets of commands";
  docs = "https://github.com/knqyf263/pet#configuration";

  options = {
    selectcmdPackage = lib.hm.options.packageOption pkgs "fzf" {
      nullable = true;
      extraDescription = "It is what `settings.General.selectcmd` calls.";
    };

    settings = option toml.type { } "Contents of {file}`$XDG_CONFIG_HOME/pet/config.toml`. See <https://github.com/knqyf263/pet#configuration>.";

    snippets = option (types.listOf (
      types.submodule {
        options = {
          description = text "Count the number of commits in the current branch" "Description of the snippet.";
          command = text "git rev-list --count HEAD" "The command.";
          output = text "473" "An example of its output.";
          tag = option (types.listOf types.str) [ ] "Tags of the snippet." // {
            example = [ "git" ];
          };
        };
      }
    )) [ ] "Snippets.";
  };

  config = {
    programs.pet.settings = inSection {
      selectcmd = lib.mkDefault "fzf";
      snippetfile = "${config.xdg.configHome}/pet/snippet.toml";
    };

    home.packages = lib.optional (cfg.selectcmdPackage != null) cfg.selectcmdPackage;

    xdg.configFile = {
      "pet/config.toml".source = toml.generate "config.toml" (
        if hasSections then cfg.settings else { General = cfg.settings; }
      );
      "pet/snippet.toml" = lib.mkIf (cfg.snippets != [ ]) {
        source = toml.generate "snippet.toml" { inherit (cfg) snippets; };
      };
    };
  };
}
