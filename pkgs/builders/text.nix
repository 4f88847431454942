# Files with a given text.
{ lib, self }:

let
  inherit (builtins)
    all
    attrValues
    getContext
    toFile
    ;
  inherit (lib) optionalString removePrefix;
  inherit (lib.strings) escapeShellArg;
  inherit (self.hostBuilders)
    fitsEnvironment
    hostPath
    shDerivation
    withSteps
    ;

  # Text that refers to no derivation is put into the store as it is, without a build.
  needsNoBuild = text: all (reference: reference == { path = true; }) (attrValues (getContext text));

  # Looks like a package; there is just nothing to build.
  plainFile =
    args@{
      name,
      text,
      meta ? { },
      passthru ? { },
      ...
    }:
    let
      storeName = lib.strings.sanitizeDerivationName name;
      file = {
        type = "derivation";
        name = storeName;
        inherit meta passthru;
        inherit (self) system;
        outPath = toFile storeName text;
        # Only for who builds the file by itself: the same text, by a derivation.
        inherit (builtFile args) drvPath;
        outputName = "out";
        outputs = [ "out" ];
        out = file;
        all = [ file ];
        overrideAttrs =
          change: writeTextFile (args // (if lib.isFunction change then change args else change));
      }
      // passthru;
    in
    file;

  # The shell writes the text itself; nothing else runs unless it must.
  builtFile =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      meta ? { },
      passthru ? { },
      derivationArgs ? { },
      ...
    }:
    let
      isShort = fitsEnvironment text;
      target = "$out${escapeShellArg destination}";
      place = removePrefix "/" destination;
      steps =
        optionalString (destination != "") "directory ${
          escapeShellArg (if dirOf place == "." then "" else dirOf place)
        }\n"
        + "write text ${escapeShellArg place}${optionalString executable " executable"}\n"
        + optionalString (checkPhase != "") "syntax ${hostPath} ${escapeShellArg place}\n";
      # Checks of others than this set want the machine's shell.
      hasSteps = checkPhase == "" || checkPhase == shellCheckPhase;
      write = if isShort then ''printf %s "$text" > "$target"'' else ''cat "$textPath" > "$target"'';
      needsPrograms = destination != "" || executable || checkPhase != "" || !isShort;
      script =
        optionalString needsPrograms "PATH=${hostPath}; export PATH\n"
        + "target=${if destination == "" then "$out" else target}\n"
        + optionalString (destination != "") "mkdir -p \"\${target%/*}\"\n"
        + write
        + "\n"
        + optionalString executable "chmod +x \"$target\"\n"
        + optionalString (checkPhase != "") "export target\nexec bash -e -o pipefail -c \"$checkPhase\"\n";
    in
    shDerivation script (
      (if hasSteps then withSteps steps else lib.id) (
        {
          inherit
            name
            text
            meta
            passthru
            ;
        }
        // lib.optionalAttrs (!isShort) { passAsFile = [ "text" ]; }
        // lib.optionalAttrs (checkPhase != "") { inherit checkPhase; }
        // derivationArgs
      )
    );

  writeTextFile =
    args@{
      name,
      text,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      derivationArgs ? { },
      ...
    }:
    if
      !executable
      && destination == ""
      && checkPhase == ""
      && derivationArgs == { }
      && needsNoBuild text
    then
      plainFile args
    else
      builtFile args;

  shebang = "#!${self.runtimeShell}\n";

  # What is not a program to the shell is not built.
  shellCheckPhase = ''
    bash -n -O extglob "$target"
  '';
in
{
  inherit writeTextFile;

  writeText = name: text: writeTextFile { inherit name text; };

  writeTextDir =
    path: text:
    writeTextFile {
      name = baseNameOf path;
      inherit text;
      destination = "/${path}";
    };

  writeScript =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
    };

  writeScriptBin =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
      destination = "/bin/${name}";
      meta.mainProgram = name;
    };

  writeShellScript =
    name: text:
    writeTextFile {
      inherit name;
      text = shebang + text + "\n";
      executable = true;
      checkPhase = shellCheckPhase;
    };

  writeShellScriptBin =
    name: text:
    writeTextFile {
      inherit name;
      text = shebang + text + "\n";
      executable = true;
      destination = "/bin/${name}";
      checkPhase = shellCheckPhase;
      meta.mainProgram = name;
    };

  # A program of its own: strict, and with the programs that it uses.
  writeShellApplication =
    {
      name,
      text,
      runtimeInputs ? [ ],
      runtimeEnv ? { },
      meta ? { },
      passthru ? { },
      checkPhase ? null,
      excludeShellChecks ? [ ],
      extraShellCheckFlags ? [ ],
      bashOptions ? [
        "errexit"
        "nounset"
        "pipefail"
      ],
      derivationArgs ? { },
      inheritPath ? true,
    }:
    writeTextFile {
      inherit name passthru derivationArgs;
      executable = true;
      destination = "/bin/${name}";
      text =
        shebang
        + lib.concatMapStringsSep "\n" (option: "set -o ${option}") bashOptions
        + "\n"
        + lib.concatStrings (
          lib.mapAttrsToList (variable: value: ''
            ${lib.toShellVar variable value}
            export ${variable}
          '') runtimeEnv
        )
        + optionalString (runtimeInputs != [ ]) ''

          export PATH="${lib.makeBinPath runtimeInputs}${optionalString inheritPath ":$PATH"}"
        ''
        + ''

          ${text}
        '';
      checkPhase = if checkPhase == null then shellCheckPhase else checkPhase;
      meta = {
        mainProgram = name;
      }
      // meta;
    };

  emptyFile = writeTextFile {
    name = "empty-file";
    text = "";
  };

  # One file with the contents of several.
  concatTextFile =
    {
      name,
      files,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      meta ? { },
    }:
    self.runCommand name { inherit files meta; } ''
      target=$out${lib.escapeShellArg destination}
      mkdir -p "''${target%/*}"
      cat $files > "$target"
      ${optionalString executable "chmod +x \"$target\""}
      ${checkPhase}
    '';
  concatText = name: files: self.concatTextFile { inherit name files; };
  concatScript =
    name: files:
    self.concatTextFile {
      inherit name files;
      executable = true;
    };
}
