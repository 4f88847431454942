{ config, lib, pkgs, ... }:
{
  home.username = "alice";
  home.homeDirectory = "/home/alice";
  home.stateVersion = "26.05";

  home.file."a".text =
    let
      greet = { name, greeting ? "hello" }: "${greeting} ${name}";
    in
    greet { name = "alice"; greetin = "hi"; };
}
