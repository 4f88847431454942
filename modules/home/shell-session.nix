# The profile in the environment of the shells and graphical sessions of a home, on machines
# where Nix's installer does not put it there. The program writes the files that are sourced.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOrder;

  cfg = config.home.shell;

  state = "${config.xdg.stateHome}/home-manager";

  load = file: ''[ ! -r ${lib.escapeShellArg file} ] || . ${lib.escapeShellArg file}'';

  # Before everything else, as the files of Nix's installer are read before those of the user.
  first = mkOrder 10;

  loadFirst = first (load "${state}/profile.sh" + "\n");

  zshFile = name: "${config.lib.zsh.dotDirRel}/${name}";
in
{
  options.home.shell.loadProfile = lib.mkOption {
    type = lib.types.bool;
    default = (pkgs.isHomeManagerEmbedded or false) && !config.submoduleSupport.enable;
    defaultText = lib.literalMD "`true` for a home by itself whose packages are those of this project";
    example = true;
    description = ''
      Whether bash, zsh and fish, where Home Manager configures them, and graphical sessions put
      the profile of the home into {env}`PATH`, {env}`XDG_DATA_DIRS` and the like, unless it is
      there already. Only needed on a machine without Nix and NixOS.
    '';
  };

  config = mkIf cfg.loadProfile {
    home.file = lib.mkMerge [
      (mkIf config.programs.bash.enable {
        ".profile".text = loadFirst;
        ".bashrc".text = loadFirst;
      })

      (mkIf config.programs.zsh.enable {
        # The files of the system that login shells read afterwards may set PATH.
        ${zshFile ".zshenv"}.text = first ''
          [[ -o login ]] || { ${load "${state}/profile.sh"}; }
        '';
        ${zshFile ".zprofile"}.text = loadFirst;
      })

      (mkIf config.xsession.enable {
        ${config.xsession.profilePath}.text = loadFirst;
      })
    ];

    xdg.configFile = {
      # Read before config.fish.
      "fish/conf.d/home-manager-profile.fish" = mkIf config.programs.fish.enable {
        text = ''
          test -r ${lib.escapeShellArg "${state}/profile.fish"}
          and source ${lib.escapeShellArg "${state}/profile.fish"}
        '';
      };

      "environment.d/05-home-manager-profile.conf" = mkIf config.systemd.user.enable {
        source = config.lib.file.mkOutOfStoreSymlink "${state}/environment.conf";
      };
    };
  };
}
