{ lib }:

let
  inherit (builtins) concatStringsSep elemAt splitVersion;
  part = index: version: elemAt (splitVersion version) index;
in
{
  inherit (builtins) compareVersions splitVersion;

  major = part 0;
  minor = part 1;
  patch = part 2;
  majorMinor = version: concatStringsSep "." (lib.lists.take 2 (splitVersion version));

  # Fills a version up with zeros, or cuts it, to `n` parts; what follows a dash stays.
  pad =
    n: version:
    let
      numbers = builtins.head (builtins.split "-" version);
      suffix = lib.strings.removePrefix numbers version;
      filled = splitVersion numbers ++ builtins.genList (_index: "0") n;
    in
    concatStringsSep "." (lib.lists.take n filled) + suffix;
}
