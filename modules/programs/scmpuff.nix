{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "scmpuff";
  title = "scmpuff, numbers in place of files for git";

  options.enableAliases = lib.mkOption {
    type = lib.types.bool;
    default = true;
    description = "Whether it defines short names for git's commands.";
  };

  shells =
    let
      init =
        shell: cfg:
        "${lib.hm.options.binPath cfg.package "scmpuff"} init --shell=${shell}"
        + lib.optionalString (!cfg.enableAliases) " --aliases=false";
    in
    {
      bash = cfg: ''
        eval "$(${init "bash" cfg})"
      '';
      fish =
        cfg:
        lib.mkAfter ''
          ${init "fish" cfg} | source
        '';
      zsh = cfg: ''
        eval "$(${init "zsh" cfg})"
      '';
    };
}
