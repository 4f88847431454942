# Distributions other than NixOS.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.targets.genericLinux;

  inherit (config.home) profileDirectory;

  hasNix = config.nix.package != null || pkgs ? nix;
  nix = if config.nix.package == null then pkgs.nix else config.nix.package;

  loadNix = lib.optionalString hasNix ''
    . "${nix}/etc/profile.d/nix.sh"
  '';

  # Where distributions keep descriptions of terminals.
  terminfo = "/etc/terminfo:/lib/terminfo:/usr/share/terminfo";

  channels =
    if config.nix.useXdg then
      "${config.xdg.stateHome}/nix/defexpr/channels"
    else
      "$HOME/.nix-defexpr/channels";
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "targets" "genericLinux" "extraXdgDataDirs" ]
      [ "xdg" "systemDirs" "data" ]
    )
  ];

  options.targets.genericLinux.enable = lib.mkOption {
    type = lib.types.bool;
    default = false;
    example = true;
    description = ''
      Whether programs of Nix find what the distribution has, and the other way round. For
      distributions other than NixOS.
    '';
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "targets.genericLinux" pkgs lib.platforms.linux)
    ];

    xdg.systemDirs.data = [
      "\${NIX_STATE_DIR:-/nix/var/nix}/profiles/default/share"
      "${profileDirectory}/share"
      "/usr/share/ubuntu"
      "/usr/local/share"
      "/usr/share"
      "/var/lib/snapd/desktop"
    ];

    home.sessionSearchVariables.XCURSOR_PATH = [
      "${profileDirectory}/share/icons"
      "/usr/share/icons"
      "/usr/share/pixmaps"
    ];

    home.sessionVariablesExtra = loadNix + ''

      # reset TERM with new TERMINFO available (if any)
      export TERM="$TERM"
    '';

    programs.bash.initExtra = loadNix + ''
      . "${profileDirectory}/etc/profile.d/hm-session-vars.sh"
    '';

    programs.zsh.envExtra = ''
      # Make system functions available to zsh
      () {
        setopt LOCAL_OPTIONS CASE_GLOB EXTENDED_GLOB

        local system_fpaths=(
            # Package default
            /usr/share/zsh/site-functions(/-N)

            # Debian
            /usr/share/zsh/functions/**/*(/-N)
            /usr/share/zsh/vendor-completions/(/-N)
            /usr/share/zsh/vendor-functions/(/-N)
        )
        fpath=(''${fpath} ''${system_fpaths})
      }
    '';

    systemd.user.sessionVariables = {
      NIX_PATH = "${channels}\${NIX_PATH:+:}$NIX_PATH";
      TERMINFO_DIRS = "${profileDirectory}/share/terminfo:$TERMINFO_DIRS\${TERMINFO_DIRS:+:}${terminfo}";
    };
  };
}
