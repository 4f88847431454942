# Configurations of plugins in Fennel, which is compiled to Lua.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.programs.neovim;

  source = cfg.generatedConfigs.fennel or "";

  compiled =
    pkgs.runCommand "fennel-plugins.lua"
      {
        fnlSrc = source;
        __structuredAttrs = true;
      }
      ''
        ${lib.getExe pkgs.jq} -rj '.fnlSrc' "$NIX_ATTRS_JSON_FILE" > fnlSrc
        ${lib.getExe cfg.package.lua.pkgs.fennel} --compile fnlSrc > "$out"
      '';
in
{
  config = lib.mkIf (cfg.enable && source != "") {
    assertions = [
      {
        assertion = cfg.package != null;
        message = "programs.neovim: plugins configured in Fennel need programs.neovim.package.";
      }
    ];

    xdg.configFile."nvim/lua/fennel-plugins.lua".source = compiled;

    programs.neovim.initLua = lib.mkAfter ''
      -- user-associated fennel plugin config {{{
      require('fennel-plugins')
      -- }}}
    '';
  };
}
