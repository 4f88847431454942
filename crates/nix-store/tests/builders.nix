# Derivations of which the outputs show all that a builder is given; see `interop.rs`.
let
  run = name: script: attributes: derivation ({
    inherit name;
    system = "x86_64-linux";
    builder = "/bin/sh";
    args = [ "-euc" script ];
    PATH = "/usr/bin:/bin";
  } // attributes);
  # What differs from one builder's directory to the next.
  exported = "export -p | grep -v 'PWD\\|NIX_BUILD_TOP\\|TMP\\|TEMP\\|CORES\\|NIX_ATTRS'";
  text = builtins.toFile "text" "hello";
  referring = builtins.toFile "referring" "see ${text}";
in
rec {
  environment = run "environment" ''
    ${exported} > $out
    umask >> $out
    echo $0 >> $out
  '' { strange = "b'a\"r\nx\t\\"; };

  several = run "several" ''
    echo out > $out
    mkdir $dev
    ln -s $out/below $dev/link
    echo hi > $dev/file
    chmod 755 $dev/file
  '' { outputs = [ "out" "dev" ]; };
  uses-several = run "uses-several" "cat ${several} ${several.dev}/file > $out; echo ${several.dev} >> $out" { };

  graphs = run "graphs" "cat one two > $out" {
    exportReferencesGraph = [ "one" referring "two" uses-several ];
  };
  graph-of-derivation = run "graph-of-derivation" "cat graph > $out" {
    exportReferencesGraph = [ "graph" uses-several.drvPath ];
  };
  as-file = run "as-file" ''
    cat $longPath > $out
    basename $longPath >> $out
    echo ''${long-none} >> $out
  '' { passAsFile = [ "long" ]; long = referring; };
  placeholders = run "placeholders" "echo $p ${builtins.placeholder "out"} > $out" {
    p = builtins.placeholder "out";
  };
  fixed = run "fixed" "printf hello > $out; test $NIX_OUTPUT_CHECKED = 1" {
    outputHashMode = "flat";
    outputHashAlgo = "sha256";
    outputHash = builtins.hashString "sha256" "hello";
  };

  structured = derivation {
    name = "structured";
    system = "x86_64-linux";
    builder = "/bin/bash";
    args = [ "-euc" ''
      . $NIX_ATTRS_SH_FILE
      PATH=/usr/bin:/bin
      mkdir ''${outputs[out]}
      cp $NIX_ATTRS_SH_FILE ''${outputs[out]}/shell
      cp $NIX_ATTRS_JSON_FILE ''${outputs[out]}/json
      ${exported} > ''${outputs[out]}/environment
      echo > ''${outputs[dev]}
    '' ];
    __structuredAttrs = true;
    outputs = [ "out" "dev" ];
    exportReferencesGraph.graph = [ referring uses-several ];
    number = 1;
    negative = -5;
    part = 2.5;
    whole = 2.0;
    list = [ 1 "x" true null ];
    lists = [ [ 1 ] ];
    set = { z = 1; a = "q'q"; };
    sets = { x.y = 1; };
    string = "it's é \n";
    yes = true;
    nothing = null;
  };

  profile = derivation {
    name = "profile";
    system = "builtin";
    builder = "builtin:buildenv";
    manifest = text;
    derivations = [
      "true" "5" "1" packages.a
      "true" "6" "1" packages.b
      "false" "5" "1" packages.inactive
      "true" "7" "2" packages.c several
    ];
  };
  packages = {
    a = run "a" ''
      mkdir -p $out/bin $out/share/man $out/nix-support $out/share/info
      echo a > $out/bin/x
      echo > $out/share/man/a
      echo > $out/share/info/dir
      echo > $out/share/info/a
      echo "${packages.propagated}" > $out/nix-support/propagated-user-env-packages
    '' { };
    b = run "b" ''
      mkdir -p $out/bin $out/share/man $out/lib
      echo b > $out/bin/x
      echo > $out/bin/y
      echo > $out/share/man/b
      ln -s nowhere $out/lib/dangling
      echo > $out/.hidden
    '' { };
    c = run "c" ''
      mkdir -p $out/share $out/lib
      ln -s ${packages.a}/share/man $out/share/man
      echo > $out/lib/z
    '' { };
    inactive = run "inactive" "mkdir -p $out/bin; echo > $out/bin/inactive" { };
    propagated = run "propagated" ''
      mkdir -p $out/bin
      echo p > $out/bin/x
      echo p > $out/bin/p
    '' { };
  };
}
