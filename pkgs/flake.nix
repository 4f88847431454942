{
  description = "The packages that Home Manager brings along";

  outputs =
    { self }:
    let
      lib = import ../lib;
    in
    {
      inherit lib;
      legacyPackages = lib.genAttrs lib.systems.flakeExposed (
        system: import ./. { inherit system lib; }
      );
    };
}
