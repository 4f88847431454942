# A derivation that builds only if the builders make what they should.
#
#   nix-build pkgs/tests/builders.nix
{
  pkgs ? import ../. { },
}:

let
  inherit (pkgs) lib;
  text = path: content: pkgs.writeTextDir path content;

  joined = pkgs.symlinkJoin {
    name = "joined";
    paths = [
      (text "etc/x/a" "A")
      [ (text "etc/x/b" "B") ]
      (text "etc/x/b" "later")
      (text "share/doc" "D")
    ];
    postBuild = "echo done > $out/post";
  };

  environment = pkgs.buildEnv {
    name = "environment";
    extraPrefix = "/pre";
    pathsToLink = [
      "/etc"
      "/bin"
      "/none"
    ];
    paths = [
      (text "etc/x/a" "A")
      (lib.hiPrio (text "etc/x/a" "urgent"))
      (text "etc/y/b" "B")
      (text "share/left" "out")
      (pkgs.writeShellScriptBin "greet" "echo \"hello $1\"")
      null
    ];
  };

  farm = pkgs.linkFarm "farm" {
    "a/b" = pkgs.emptyFile;
    c = pkgs.emptyDirectory;
    "d e" = ./template.txt;
  };

  application = pkgs.writeShellApplication {
    name = "application";
    runtimeInputs = [ environment ];
    runtimeEnv.VALUE = "x y";
    text = ''echo "$VALUE"'';
  };

  # Longer than one variable of an environment can be.
  long = lib.strings.replicate 20000 "0123456789";
  longText = pkgs.writeText "long" "${long}${pkgs.emptyFile}";
  longCommand = pkgs.runCommand "long-command" { } "echo short > $out # ${long}";

  command =
    pkgs.runCommand "command"
      {
        nativeBuildInputs = [ pkgs.coreutils ];
        list = [
          1
          2
        ];
        absent = null;
        passthru.extra = 1;
        meta.mainProgram = "m";
      }
      ''
        echo "$list ''${absent-unset}" > $out
      '';

  replaced = pkgs.replaceVars ./template.txt {
    a = "${pkgs.emptyFile}";
    b = 1;
  };
  substituted = pkgs.substitute {
    src = ./template.txt;
    substitutions = [
      "--replace-fail"
      "x"
      "y"
      "--subst-var-by"
      "a"
      "Q"
    ];
  };

  wrapped = pkgs.runCommand "wrapped" { nativeBuildInputs = [ pkgs.makeWrapper ]; } ''
    mkdir -p $out/bin
    cp ${pkgs.writeScript "program" "#!/bin/sh\necho \"$A $B $P $*\"\n"} $out/bin/program
    chmod +w $out/bin/program
    wrapProgram $out/bin/program --set A "a 'q'" --set-default B b --prefix P : /p --add-flags "-f g" --append-flag "l m"
  '';

  # What the program makes by steps is what a shell makes of the same steps.
  homeFiles =
    overlap:
    import ../../modules/files/home-files.nix {
      inherit lib pkgs overlap;
      files =
        map
          (
            file:
            {
              executable = null;
              recursive = false;
              ignorelinks = false;
            }
            // file
          )
          [
            { target = "a b'c"; source = ./template.txt; }
            { target = "run"; source = ./template.txt; executable = true; }
            { target = "greet"; source = lib.getExe (pkgs.writeScriptBin "greet" "#!/bin/sh\n"); executable = false; }
            { target = "env"; source = environment; recursive = true; }
            { target = "links"; source = joined; recursive = true; ignorelinks = true; }
            { target = "modes"; source = ../builders; recursive = true; executable = true; }
            { target = "env/pre/etc/y/b"; source = ./template.txt; }
            { target = "sub/./x/y"; source = pkgs.emptyFile; }
          ];
    };

  bySteps = [
    environment
    farm
    (homeFiles "ignore")
    (homeFiles "override")
    (pkgs.symlinkJoin {
      name = "two";
      paths = [
        joined
        environment
        application
      ];
    })
    (pkgs.writeTextDir "deep/er/file" "${pkgs.emptyFile}")
    pkgs.coreutils
  ];

  byShell = map (tree: tree.overrideAttrs (_: { homeManagerBuilder = null; })) bySteps;

  refused = map (value: (builtins.tryEval value).success) [
    (pkgs.replaceVars ./template.txt { a = 1; }).outPath
    (pkgs.replaceVars ./template.txt { a = 1; b = 2; c = 3; }).outPath
    (pkgs.substitute { src = ./template.txt; substitutions = [ "--replace-fail" "none" "y" ]; }).outPath
    (pkgs.stdenv.mkDerivation { }).outPath
  ];
in
assert refused == [ false false false false ];
assert command.extra == 1 && command.meta.mainProgram == "m";
assert (pkgs.extend (_final: prev: { added = prev.emptyFile; })).added.name == "empty-file";
pkgs.runCommand "builders" { } ''
  fail() { echo "wrong: $1" >&2; exit 1; }
  is() { [ "$1" = "$2" ] || fail "'$1' is not '$2'"; }

  is "$(cat ${pkgs.writeText "plain" "text"})" text
  is "$(cat ${pkgs.writeText "reference" "to ${pkgs.emptyFile}"})" "to ${pkgs.emptyFile}"
  [ -x ${pkgs.writeScript "script" "#!/bin/sh\n"} ] || fail "script"
  [ ! -x ${pkgs.writeText "plain" "text"} ] || fail "text"

  is "$(cat ${joined}/etc/x/a ${joined}/etc/x/b ${joined}/share/doc ${joined}/post)" "ABDdone"
  [ -L ${joined}/etc/x/a ] && [ -L ${joined}/share ] && [ ! -L ${joined}/etc ] || fail "links of symlinkJoin"

  is "$(cat ${environment}/pre/etc/x/a ${environment}/pre/etc/y/b)" urgentB
  [ -L ${environment}/pre/etc/y ] && [ ! -e ${environment}/share ] && [ ! -e ${environment}/pre/share ] || fail "links of buildEnv"
  is "$(${environment}/pre/bin/greet you)" "hello you"

  is "$(readlink ${farm}/a/b)" ${pkgs.emptyFile}
  is "$(readlink ${farm}/c)" ${pkgs.emptyDirectory}
  [ -e "${farm}/d e" ] || fail "linkFarm"

  is "$(${application}/bin/application)" "x y"
  is "$(wc -c < ${longText})" "${toString (20000 * 10 + lib.stringLength "${pkgs.emptyFile}")}"
  is "$(cat ${longCommand})" short
  is "$(cat ${command})" "1 2 unset"
  is "$(cat ${replaced})" "x ${pkgs.emptyFile} 1 x"
  is "$(cat ${substituted})" "y Q @b@ y"
  is "$(P=/old ${wrapped}/bin/program 1)" "a 'q' b /p:/old -f g 1 l m"
  is "$(HOME_MANAGER_PROGRAM=/bin/echo ${lib.getExe pkgs.home-manager} a)" a

  tree() { find "$1" -printf '%P %y %m %l\n' | sort; }
  ${lib.concatStrings (
    lib.zipListsWith (one: other: ''
      is "$(tree ${one})" "$(tree ${other})"
    '') bySteps byShell
  )}

  touch $out
''
