{
  cfg,
  config,
  exe,
  lib,
  option,
  options,
  types,
  ...
}:

let
  isOld = lib.versionOlder config.home.stateVersion "26.05";

  integration = name: option types.bool isOld "Whether ${name} merges with it." // {
    defaultText = ''lib.versionOlder config.home.stateVersion "26.05"'';
  };

  # The default is about to change.
  warning =
    name: program:
    lib.optional
      (
        cfg.enable
        && config.programs.${program}.enable
        && isOld
        && options.programs.mergiraf.${name}.highestPrio >= 1500
      )
      ''
        The default value of `programs.mergiraf.${name}` will change in future versions.
        You are currently using the legacy default (true) because `home.stateVersion` is less than "26.05".
        To silence this warning set:
          programs.mergiraf.${name} = true;
      '';
in
{
  title = "Mergiraf, which merges by the syntax of files";
  docs = "https://mergiraf.org/usage.html";

  options = {
    enableGitIntegration = integration "git";
    enableJujutsuIntegration = integration "Jujutsu";
  };

  always.warnings =
    warning "enableGitIntegration" "git" ++ warning "enableJujutsuIntegration" "jujutsu";

  config.programs = {
    git = lib.mkIf cfg.enableGitIntegration {
      attributes = [ "* merge=mergiraf" ];
      settings.merge = {
        mergiraf = {
          name = "mergiraf";
          driver = "${exe} merge --git %O %A %B -s %S -x %X -y %Y -p %P -l %L";
        };
        conflictStyle = "diff3";
      };
    };

    jujutsu = lib.mkIf cfg.enableJujutsuIntegration {
      settings = {
        ui.merge-editor = "mergiraf";
        merge-tools.mergiraf.program = exe;
      };
    };
  };
}
