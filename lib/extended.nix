# Adds the Home Manager namespace `lib.hm` to a standard library: either the one beside
# this file or that of nixpkgs.
lib:
lib.extend (
  final: prev:
  let
    hm = import ./hm { lib = final; };
  in
  {
    inherit hm;

    # The module system of nixpkgs checks `meta.maintainers` against this set.
    maintainers = (prev.maintainers or { }) // hm.maintainers;
  }
)
