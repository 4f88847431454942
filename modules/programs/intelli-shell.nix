{
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "IntelliShell, templates of commands";
  docs = "https://lasantosr.github.io/intelli-shell/configuration/";

  files.settings = {
    format = "toml";
    storeName = "intelli-shell-config";
    home = ".config/intelli-shell/config.toml";
    darwin = "Library/Application Support/org.IntelliShell.Intelli-Shell/config.toml";
    example.check_updates = false;
  };

  shells = {
    bash = ''eval "$(intelli-shell init bash)"'';
    zsh = ''eval "$(intelli-shell init zsh)"'';
    fish = "intelli-shell init fish | source";
    nushell = ''
      mkdir ($nu.data-dir | path join "vendor/autoload")
      intelli-shell init nushell | save -f ($nu.data-dir | path join "vendor/autoload/intelli-shell.nu")
    '';
  };

  options.shellHotkeys = option (types.attrsOf types.str) { } "Keys, as the variables `INTELLI_NAME`." // {
    example.search_hotkey = "\\\\C-t";
  };

  config.home.sessionVariables = lib.mapAttrs' (
    name: lib.nameValuePair "INTELLI_${lib.toUpper name}"
  ) cfg.shellHotkeys;
}
