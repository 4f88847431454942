{
  cfg,
  lib,
  ...
}:

let
  share = "${lib.hm.options.installPrefix cfg.package}/share";
in
{
  title = "Watson, which keeps the time of work";
  docs = "https://jazzband.github.io/Watson/user-guide/configuration/";

  files.settings = {
    format = "ini";
    storeName = "watson-config";
    xdg = "watson/config";
    darwin = "Library/Application Support/watson/config";
    example.options.stop_on_start = true;
  };

  shells = {
    bash = ''
      source ${share}/bash-completion/completions/watson
    '';
    zsh = ''
      source ${share}/zsh/site-functions/_watson
    '';
  };
  shellOptions.fish.shellInit = ''
    source ${share}/fish/vendor_completions.d/watson.fish
  '';
}
