# The systems that programs run on, as pairs of processor and kernel, and facts about them.
{ ... }:

let
  inherit (builtins)
    attrNames
    concatMap
    elem
    elemAt
    filter
    head
    isString
    mapAttrs
    match
    ;

  # Name, bits, family and byte order of processors.
  processors = mapAttrs (_name: fields: {
    bits = elemAt fields 0;
    family = elemAt fields 1;
    bigEndian = elemAt fields 2 == "big";
  }) {
    aarch64 = [ 64 "arm" "little" ];
    armv5tel = [ 32 "arm" "little" ];
    armv6l = [ 32 "arm" "little" ];
    armv7a = [ 32 "arm" "little" ];
    armv7l = [ 32 "arm" "little" ];
    i686 = [ 32 "x86" "little" ];
    loongarch64 = [ 64 "loongarch" "little" ];
    m68k = [ 32 "m68k" "big" ];
    mips64el = [ 64 "mips" "little" ];
    mipsel = [ 32 "mips" "little" ];
    powerpc = [ 32 "power" "big" ];
    powerpc64 = [ 64 "power" "big" ];
    powerpc64le = [ 64 "power" "little" ];
    riscv32 = [ 32 "riscv" "little" ];
    riscv64 = [ 64 "riscv" "little" ];
    s390x = [ 64 "s390" "big" ];
    x86_64 = [ 64 "x86" "little" ];
  };

  # The processors for each kernel.
  supported = {
    darwin = [ "x86_64" "aarch64" ];
    freebsd = [ "i686" "x86_64" "aarch64" ];
    linux = [
      "aarch64"
      "armv5tel"
      "armv6l"
      "armv7a"
      "armv7l"
      "i686"
      "loongarch64"
      "m68k"
      "mips64el"
      "mipsel"
      "powerpc"
      "powerpc64"
      "powerpc64le"
      "riscv32"
      "riscv64"
      "s390x"
      "x86_64"
    ];
    netbsd = [ "aarch64" "armv7l" "i686" "powerpc" "x86_64" ];
    openbsd = [ "i686" "x86_64" ];
  };

  doublesOf = kernel: map (processor: "${processor}-${kernel}") supported.${kernel};
  all = concatMap doublesOf (attrNames supported);

  ofProcessor =
    predicate: filter (double: predicate (head (match "(.*)-.*" double))) all;
  ofFamily = family: ofProcessor (processor: processors.${processor}.family == family);

  unix = all;

  # Facts about one system, under the names of nixpkgs' platform sets.
  elaborate =
    given:
    let
      system = if isString given then given else given.system;
      parts = match "([^-]+)-(.+)" system;
      processor = head parts;
      kernel = elemAt parts 1;
      cpu =
        processors.${processor}
          or (throw "The system `${system}' is not known: `${processor}' is not the name of a processor.");
      is = name: kernel == name;
      isFamily = family: cpu.family == family;
      isDarwin = is "darwin";
      isLinux = is "linux";
    in
    {
      inherit system isDarwin isLinux;

      parsed = {
        _type = "system";
        cpu = {
          _type = "cpu-type";
          name = processor;
          inherit (cpu) bits family;
        };
        kernel = {
          _type = "kernel";
          name = kernel;
        };
        vendor = {
          _type = "vendor";
          name = if isDarwin then "apple" else if isFamily "x86" && processor == "i686" then "pc" else "unknown";
        };
        abi = {
          _type = "abi";
          name = if isLinux then "gnu" else "unknown";
        };
      };

      config =
        if isDarwin then
          "${if processor == "aarch64" then "arm64" else processor}-apple-darwin"
        else if isLinux then
          "${processor}-unknown-linux-gnu"
        else
          "${processor}-unknown-${kernel}";

      is32bit = cpu.bits == 32;
      is64bit = cpu.bits == 64;
      isBigEndian = cpu.bigEndian;
      isLittleEndian = !cpu.bigEndian;

      isAarch = isFamily "arm";
      isAarch32 = isFamily "arm" && cpu.bits == 32;
      isAarch64 = processor == "aarch64";
      isLoongArch64 = processor == "loongarch64";
      isMips = isFamily "mips";
      isPower = isFamily "power";
      isRiscV = isFamily "riscv";
      isRiscV32 = processor == "riscv32";
      isRiscV64 = processor == "riscv64";
      isS390x = processor == "s390x";
      isi686 = processor == "i686";
      isx86 = isFamily "x86";
      isx86_32 = processor == "i686";
      isx86_64 = processor == "x86_64";

      isBSD = is "freebsd" || is "netbsd" || is "openbsd";
      isFreeBSD = is "freebsd";
      isNetBSD = is "netbsd";
      isOpenBSD = is "openbsd";
      isMacOS = isDarwin;
      isUnix = true;
      isAndroid = false;
      isCygwin = false;
      isGhcjs = false;
      isMinGW = false;
      isMusl = false;
      isGnu = isLinux;
      isStatic = false;
      isWasm = false;
      isWindows = false;
      isiOS = false;

      hasSharedLibraries = true;
      canExecute = other: other.system == system;
      extensions = {
        executable = "";
        library = if isDarwin then ".dylib" else ".so";
        sharedLibrary = if isDarwin then ".dylib" else ".so";
        staticLibrary = ".a";
      };

      darwinArch = if processor == "aarch64" then "arm64" else processor;
      linuxArch =
        {
          aarch64 = "arm64";
          i686 = "i386";
          powerpc64le = "powerpc";
          powerpc64 = "powerpc";
          riscv64 = "riscv";
          riscv32 = "riscv";
          s390x = "s390";
        }
        .${processor} or processor;
      uname = {
        processor =
          if processor == "powerpc64le" then
            "ppc64le"
          else if processor == "powerpc64" then
            "ppc64"
          else if isDarwin && processor == "aarch64" then
            "arm64"
          else
            processor;
        system =
          {
            darwin = "Darwin";
            freebsd = "FreeBSD";
            linux = "Linux";
            netbsd = "NetBSD";
            openbsd = "OpenBSD";
          }
          .${kernel} or kernel;
      };
    };
in
{
  inherit elaborate;

  doubles = {
    inherit all unix;
  }
  // mapAttrs (kernel: _processors: doublesOf kernel) supported;

  # The systems that flakes offer packages for by default.
  flakeExposed = [
    "x86_64-linux"
    "aarch64-linux"
    "x86_64-darwin"
    "armv6l-linux"
    "armv7l-linux"
    "i686-linux"
    "aarch64-darwin"
    "powerpc64le-linux"
    "riscv64-linux"
    "x86_64-freebsd"
  ];

  equals = a: b: a.system == b.system;

  platforms = {
    inherit all unix;
    aarch = ofFamily "arm";
    aarch64 = ofProcessor (processor: processor == "aarch64");
    arm = ofProcessor (processor: elem processor [ "armv5tel" "armv6l" "armv7a" "armv7l" ]);
    bigEndian = ofProcessor (processor: processors.${processor}.bigEndian);
    gnu = doublesOf "linux";
    i686 = ofProcessor (processor: processor == "i686");
    littleEndian = ofProcessor (processor: !processors.${processor}.bigEndian);
    mips = ofFamily "mips";
    none = [ ];
    power = ofFamily "power";
    riscv = ofFamily "riscv";
    x86 = ofFamily "x86";
    x86_64 = ofProcessor (processor: processor == "x86_64");
  }
  // mapAttrs (kernel: _processors: doublesOf kernel) supported;
}
