{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  yaml = pkgs.formats.yaml { };

  wineName = package: lib.toLower package.name;

  settingsOf =
    name:
    { package, settings }:
    lib.filterAttrsRecursive (_name: value: value != { } && value != null && value != "") {
      ${name} =
        settings.runner
        // lib.optionalAttrs (package != null) { runner_executable = lib.getExe package; };
      inherit (settings) system;
    };

  # The runner of Windows programs has no package of its own.
  wine = lib.optionalAttrs (cfg.defaultWinePackage != null) {
    wine = {
      package = null;
      settings = {
        runner.version = wineName cfg.defaultWinePackage;
        system = { };
      };
    };
  };

  # Lutris 0.5.20 made one directory of the two.
  protonDirectory =
    if cfg.package != null && lib.versionOlder cfg.package.version "0.5.20" then "proton" else "wine";

  linksTo =
    directory: packages:
    map (
      package:
      lib.nameValuePair "lutris/runners/${directory}/${wineName package}" { source = package; }
    ) packages;

  redundant = lib.attrNames (
    lib.filterAttrs (
      _name: runner: runner.package != null && runner.settings.runner.runner_executable != ""
    ) cfg.runners
  );

  packageList = example: description: option (types.listOf types.package) [ ] description // { inherit example; };
  packageOrNull = example: description: option (types.nullOr types.package) null description // { inherit example; };
  freeform = option (types.submodule { freeformType = yaml.type; }) { };
in
{
  title = "Lutris, which installs and runs games";
  docs = "https://github.com/lutris/lutris/wiki";
  linuxOnly = true;
  installed =
    if cfg.package == null then
      null
    else
      cfg.package.override {
        # Steam comes in by the option.
        steamSupport = false;
        extraPkgs =
          _previous: cfg.extraPackages ++ lib.optional (cfg.steamPackage != null) cfg.steamPackage;
      };

  options = {
    steamPackage = packageOrNull (lib.literalExpression "pkgs.steam") "Package of Steam that Lutris uses.";
    extraPackages = packageList "with pkgs; [ mangohud winetricks gamescope gamemode umu-launcher ]" "Packages whose programs games can call.";
    defaultWinePackage = packageOrNull (lib.literalExpression "pkgs.proton-ge-bin") "The Wine or Proton that games use unless they say otherwise.";
    protonPackages = packageList (lib.literalExpression "[ pkgs.proton-ge-bin ]") "Packages of Proton.";
    winePackages = packageList (lib.literalExpression "[ pkgs.wineWow64Packages.full ]") "Packages of Wine.";

    runners =
      option
        (types.attrsOf (
          types.submodule {
            options = {
              package = packageOrNull (lib.literalExpression "pkgs.cemu") "Package of the runner, whose main program is called.";

              settings = option (types.submodule {
                options = {
                  runner = option (types.submodule {
                    freeformType = yaml.type;
                    options.runner_executable = option (types.either types.str types.path) "" "Program of the runner. Goes before `package`.";
                  }) { } "Settings of the runner itself.";

                  system = freeform "Settings of the system for the runner.";
                };
              }) { } ''
                Contents of {file}`$XDG_CONFIG_HOME/lutris/runners/NAME.yml`. Change settings in Lutris and look
                at the file to find their names.
              '';
            };
          }
        ))
        { }
        "Runners by the name that Lutris has for them."
      // {
        example = lib.literalExpression ''
          {
            cemu.package = pkgs.cemu;
            rpcs3.settings.system.disable_screen_saver = true;
          }
        '';
      };
  };

  config = {
    assertions = [ (lib.hm.assertions.assertPlatform "programs.lutris" pkgs lib.platforms.x86_64) ];

    warnings =
      lib.optional (redundant != [ ]) ''
        Under programs.lutris.runners, the following lutris runners had both a
        <runner>.package and <runner>.settings.runner.runner_executable options set:
          - ${lib.concatStringsSep ", " redundant}
        Note that runner_executable overrides package, setting both is pointless.
      ''
      ++ lib.optional ((cfg.runners.wine.package or null) != null) ''
        Setting programs.lutris.runners.wine.package does nothing.
        Use the respective options, proton/winePackages and defaultWinePackage.
      ''
      ++ lib.optional (cfg.runners ? wine.settings.runner.version && cfg.defaultWinePackage != null) ''
        Found conflicting options under programs.lutris, both runners.wine.settings.version and defaultWinePackage
        were set.
      '';

    xdg.configFile = lib.hm.files.inDirectory "lutris/runners" ".yml" (name: runner: {
      source = yaml.generate "${name}.yml" (settingsOf name runner);
    }) (lib.recursiveUpdate wine cfg.runners);

    xdg.dataFile = lib.listToAttrs (
      linksTo "wine" cfg.winePackages
      ++ linksTo protonDirectory (map (proton: proton.steamcompattool) cfg.protonPackages)
    );
  };
}
