{
  cfg,
  config,
  lib,
  option,
  types,
  ...
}:

let
  init = shell: "${lib.hm.options.programPath' cfg.package "z"} --init ${shell} ${lib.concatStringsSep " " cfg.options}";

  aliases = {
    zz = "z -c";
    zi = "z -i";
    zf = "z -I";
    zb = "z -b";
    zh = "z -I -t .";
  };
in
{
  title = "z.lua, which goes to directories by parts of their names";
  docs = "https://github.com/skywind3000/z.lua";

  shells = {
    bash = ''
      eval "$(${init "bash"})"
    '';
    zsh = ''
      eval "$(${init "zsh"})"
    '';
  };
  shellOptions.fish.shellInit = ''
    source (${init "fish"} | psub)
  '';

  options = {
    options = option (types.listOf types.str) [ ] "Further arguments of `z --init`." // {
      example = [
        "enhanced"
        "once"
        "fzf"
      ];
    };
    enableAliases = option types.bool false "Whether `zz`, `zi`, `zf`, `zb` and `zh` are aliases of `z` with its options.";
  };

  config.programs = lib.mkIf cfg.enableAliases {
    bash.shellAliases = aliases;
    zsh.shellAliases = aliases;
    fish = {
      shellAbbrs = lib.mkIf config.programs.fish.preferAbbrs aliases;
      shellAliases = lib.mkIf (!config.programs.fish.preferAbbrs) aliases;
    };
  };
}
