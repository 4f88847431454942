let
  a = derivation { name = "a"; system = "x86_64-linux"; builder = "/bin/sh"; };
  fixed = derivation {
    name = "fixed"; system = "x86_64-linux"; builder = "/bin/sh";
    outputHash = "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"; outputHashAlgo = "sha256"; outputHashMode = "recursive";
  };
  flat = derivation {
    name = "flat"; system = "x86_64-linux"; builder = "/bin/sh";
    outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  };
  many = derivation {
    name = "many"; system = "x86_64-linux"; builder = "${a}/bin/b"; args = [ "-c" 1 true null [ "x" a ] ];
    outputs = [ "dev" "out" ]; inherit fixed flat; list = [ a fixed ]; flag = true; none = null; number = 1.5;
  };
  structured = derivation {
    name = "structured"; system = "x86_64-linux"; builder = "/bin/sh"; __structuredAttrs = true;
    outputs = [ "out" "lib" ]; values = { inherit a; list = [ 1 "two" { three = 3.5; } ]; }; text = "ü\"\n";
  };
  ignoring = derivation { name = "ignoring"; system = "x86_64-linux"; builder = "/bin/sh"; __ignoreNulls = true; none = null; };
  quoted = derivation { name = "quoted"; system = "x86_64-linux"; builder = "/bin/sh"; text = "\"\\\n\r\t\${x}"; };
  deep = derivation { name = "deep"; system = "x86_64-linux"; builder = "/bin/sh"; input = many.dev; again = structured.lib; };
in
builtins.mapAttrs (name: drv: { inherit (drv) drvPath outPath outputName type; }) {
  inherit a fixed flat many structured ignoring quoted deep;
  inherit (many) dev;
} // {
  attrs = builtins.attrNames many;
  all = map (drv: drv.outputName) many.all;
  same = many == many.out;
  placeholder = builtins.placeholder "out";
  fetch = (import <nix/fetchurl.nix> { url = "http://example.org/x.tar.gz"; sha256 = "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"; }).drvPath;
  fetch-executable = (import <nix/fetchurl.nix> { url = "http://example.org/x"; hash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; executable = true; }).drvPath;
}
