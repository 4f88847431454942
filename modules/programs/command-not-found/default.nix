{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.programs.command-not-found;

  command = pkgs.runCommand "command-not-found" { } ''
    install -Dm555 ${
      pkgs.replaceVars ./command-not-found.sh {
        inherit (cfg) dbPath;
        bash = pkgs.runtimeShell;
        sqlite = lib.hm.options.tool pkgs "sqlite" "sqlite3";
        system = pkgs.stdenv.hostPlatform.system;
      }
    } $out/bin/command-not-found
  '';
in
{
  options.programs.command-not-found = {
    enable = lib.mkEnableOption "the names of packages that have a program, where a shell does not find it";

    dbPath = lib.mkOption {
      type = lib.types.path;
      default = "/nix/var/nix/profiles/per-user/root/channels/nixos/programs.sqlite";
      description = ''
        The database of programs. A channel of NixOS has it; {option}`programs.nix-index` does without.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    programs.bash.initExtra = ''
      command_not_found_handle() {
        '${command}/bin/command-not-found' "$@"
      }
    '';

    programs.zsh.initContent = ''
      command_not_found_handler() {
        '${command}/bin/command-not-found' "$@"
      }
    '';

    programs.fish.interactiveShellInit = ''
      function fish_command_not_found
        "${command}/bin/command-not-found" $argv
      end
    '';

    home.packages = [ command ];
  };
}
