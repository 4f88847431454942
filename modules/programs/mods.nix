{ cfg, lib, ... }:

let
  mods = lib.hm.options.programPath' cfg.package "mods";
in
{
  title = "mods, language models in the pipeline";
  docs = "https://github.com/charmbracelet/mods";

  files.settings = {
    format = "yaml";
    xdg = "mods/mods.yml";
    example = {
      default-model = "llama3.2";
      apis.ollama.base-url = "http://localhost:11434/api";
    };
  };

  shells = {
    bash = lib.mkOrder 200 ''
      source <(${mods} completion bash)
    '';
    zsh = lib.mkOrder 200 ''
      source <(${mods} completion zsh)
    '';
    fish = lib.mkOrder 200 ''
      ${mods} completion fish | source
    '';
  };
}
