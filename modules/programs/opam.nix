{
  cfg,
  config,
  lib,
  types,
  ...
}:

let
  opam = lib.hm.options.programPath' cfg.package "opam";
in
{
  title = "opam, OCaml's package manager";
  docs = "https://opam.ocaml.org/doc/Manual.html";

  shells = {
    bash = ''
      eval "$(${opam} env --shell=bash)"
    '';
    zsh = ''
      eval "$(${opam} env --shell=zsh)"
    '';
  };
  shellOptions.fish.shellInit = ''
    eval (${opam} env --shell=fish)
  '';
}
