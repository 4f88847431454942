{
  cfg,
  exe,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  toml = pkgs.formats.toml { };
  init = shell: "${exe} ${shell} ${lib.concatStringsSep " " cfg.options}";
in
{
  title = "pay-respects, which corrects commands";
  docs = "https://codeberg.org/iff/pay-respects";

  shells = {
    bash = ''
      eval "$(${init "bash"})"
    '';
    zsh = ''
      eval "$(${init "zsh"})"
    '';
    fish = ''
      ${init "fish"} | source
    '';
    nushell = ''
      source ${
        pkgs.runCommand "pay-respects-nushell-config.nu" { } ''
          ${init "nushell"} >> "$out"
        ''
      }
    '';
  };

  options = {
    options = option (types.listOf types.str) [ "--alias" ] "Arguments of the initialization." // {
      example = [
        "--alias"
        "f"
      ];
    };

    rules = option (types.attrsOf toml.type) { } "Rules by the command that they are for. See <https://codeberg.org/iff/pay-respects/src/branch/main/rules.md>." // {
      example.cargo = {
        command = "cargo";
        match_err = [ ];
      };
    };
  };

  config.xdg.configFile = lib.hm.files.inDirectory "pay-respects/rules" ".toml" (name: rule: {
    source = toml.generate "pay-respects-rule-${name}.toml" rule;
  }) cfg.rules;
}
