# What only macOS has.
{
  imports = [
    ./applications.nix
    ./defaults.nix
    ./fonts.nix
    ./key-bindings.nix
    ./search.nix
    ./terminfo.nix
  ];
}
