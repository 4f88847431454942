{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.programs.carapace;
  carapace = lib.hm.options.programPath cfg.package "carapace";

  ignoringCase = pkgs.symlinkJoin {
    name = "carapace-wrapped";
    paths = [ pkgs.carapace ];
    nativeBuildInputs = [ pkgs.makeWrapper ];
    postBuild = ''
      wrapProgram $out/bin/carapace \
        --set CARAPACE_MATCH 1
    '';
    meta.mainProgram = "carapace";
  };

  # The script names the home directory that it was made in.
  nushellScript = pkgs.runCommand "carapace-nushell-config.nu" { } ''
    ${carapace} _carapace nushell | sed 's|"/homeless-shelter|$"($env.HOME)|g' >> "$out"
  '';

  nushellConfig = lib.hm.nushell.loadOutput {
    inherit pkgs;
    inherit (cfg) package;
    inherit (config.xdg) cacheHome;
    program = "carapace";
    arguments = "_carapace nushell";
    name = "carapace-nushell-config.nu";
    built = nushellScript;
  };

  fish = config.programs.fish;

  # fish before 4.0 prefers its own completions; an empty file of the same name hides them.
  hidesFishCompletions =
    fish.enable
    && cfg.enableFishIntegration
    && cfg.package != null
    && fish.package != null
    && lib.versionOlder fish.package.version "4.0.0";

  completedCommands =
    let
      listing = pkgs.runCommandLocal "carapace-list" { buildInputs = [ cfg.package ]; } ''
        ${carapace} --list > $out
      '';
      matches = map (builtins.match "^([a-z0-9-]+) .*") (
        lib.splitString "\n" (lib.fileContents listing)
      );
    in
    map lib.head (lib.filter (found: found != null) matches);
in
{
  options.programs.carapace = {
    enable = lib.mkEnableOption "the completions of carapace";

    package = lib.hm.options.packageOption pkgs "carapace" { nullable = true; };

    enableBashIntegration = lib.hm.shell.mkBashIntegrationOption { inherit config; };
    enableFishIntegration = lib.hm.shell.mkFishIntegrationOption { inherit config; };
    enableNushellIntegration = lib.hm.shell.mkNushellIntegrationOption { inherit config; };
    enableZshIntegration = lib.hm.shell.mkZshIntegrationOption { inherit config; };

    ignoreCase = mkOption {
      type = types.bool;
      default = false;
      description = "Whether upper and lower case are the same.";
    };
  };

  config = mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    home.sessionVariables = mkIf (cfg.ignoreCase && !(pkgs ? carapace)) { CARAPACE_MATCH = "1"; };

    programs = {
      carapace.package = mkIf (cfg.ignoreCase && pkgs ? carapace) ignoringCase;

      bash.initExtra = mkIf cfg.enableBashIntegration ''
        source <(${carapace} _carapace bash)
      '';

      zsh.initContent = mkIf cfg.enableZshIntegration ''
        source <(${carapace} _carapace zsh)
      '';

      fish.interactiveShellInit = mkIf cfg.enableFishIntegration ''
        ${carapace} _carapace fish | source
      '';

      nushell = mkIf cfg.enableNushellIntegration nushellConfig;
    };

    xdg.configFile = mkIf hidesFishCompletions (
      lib.listToAttrs (
        map (name: lib.nameValuePair "fish/completions/${name}.fish" { text = ""; }) completedCommands
      )
    );
  };
}
