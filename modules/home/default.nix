# Who the home belongs to, and what every home has.
{
  imports = [
    ./generation.nix
    ./identity.nix
    ./keyboard.nix
    ./language.nix
    ./packages.nix
    ./session.nix
    ./shell-session.nix
  ];
}
