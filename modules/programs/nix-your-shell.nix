{
  cfg,
  exe,
  lib,
  pkgs,
  types,
  ...
}:

let
  nom = lib.optionalString cfg.nix-output-monitor.enable "--nom";
in
{
  title = "nix-your-shell, which keeps the shell in `nix develop` and `nix-shell`";
  docs = "https://github.com/MercuryTechnologies/nix-your-shell";

  shells = {
    fish = ''
      ${exe} ${nom} fish | source
    '';
    nushell = ''
      source ${
        pkgs.runCommand "nix-your-shell-nushell-config.nu" { } ''
          ${exe} ${nom} nu >> "$out"
        ''
      }
    '';
    zsh = ''
      ${exe} ${nom} zsh | source /dev/stdin
    '';
  };

  options.nix-output-monitor = {
    enable = lib.mkEnableOption "nix-output-monitor, <https://github.com/maralorn/nix-output-monitor>, for builds";
    package = lib.hm.options.packageOption pkgs "nix-output-monitor" { nullable = true; };
  };

  config.home.packages = lib.mkIf (
    cfg.nix-output-monitor.enable && cfg.nix-output-monitor.package != null
  ) [ cfg.nix-output-monitor.package ];
}
