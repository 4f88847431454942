# What the .drv files beside this were made from: `nix-instantiate chain.nix`, with the experimental
# features ca-derivations and impure-derivations.
let
  make = attributes: derivation ({ system = "x86_64-linux"; builder = "/bin/sh"; } // attributes);
in
rec {
  escapes = make {
    name = "escapes";
    args = [ "-c" "echo \"a\\b\"\n\techo done\r > $out" ];
    outputs = [ "out" "dev" ];
    unicode = "größer";
  };
  text = make {
    name = "uses-text";
    input = builtins.toFile "t" "hello";
    dev = "${escapes.dev}";
  };
  flat = make {
    name = "flat";
    outputHashMode = "flat";
    outputHashAlgo = "sha256";
    outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  };
  recursive = make {
    name = "recursive";
    outputHashMode = "recursive";
    outputHashAlgo = "sha512";
    outputHash = builtins.hashString "sha512" "x";
  };
  uses-fixed = make { name = "uses-fixed"; inputs = [ flat recursive escapes.out ]; };
  structured = make {
    name = "structured";
    __structuredAttrs = true;
    list = [ 1 2.5 "x" uses-fixed ];
  };
  floating = make {
    name = "floating";
    __contentAddressed = true;
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
  };
  deferred = make { name = "deferred"; input = floating; };
  impure = make { name = "impure"; __impure = true; };
}
