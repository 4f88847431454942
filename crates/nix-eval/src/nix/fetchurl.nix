# What `<nix/fetchurl.nix>` is: one file from a URL, fetched by the store itself, without a shell or
# any other program.
{
  url,
  name ? baseNameOf (toString url),
  executable ? false,
  unpack ? false,
  impure ? false,
  # One of these says what the file has to be: `hash` with its algorithm, the others without.
  hash ? "",
  md5 ? "",
  sha1 ? "",
  sha256 ? "",
  sha512 ? "",
  outputHash ? (choose { inherit hash sha512 sha1 md5; }).hash,
  outputHashAlgo ? (choose { inherit hash sha512 sha1 md5; }).algorithm,
  # Accepted for old callers, and ignored.
  system ? "",
  choose ? (given:
    if given.hash != "" then { hash = given.hash; algorithm = ""; }
    else if given.sha512 != "" then { hash = given.sha512; algorithm = "sha512"; }
    else if given.sha1 != "" then { hash = given.sha1; algorithm = "sha1"; }
    else if given.md5 != "" then { hash = given.md5; algorithm = "md5"; }
    else { hash = sha256; algorithm = "sha256"; }),
}:
let
  expectation = if impure then { __impure = true; } else { inherit outputHash outputHashAlgo; };
in
derivation (expectation // {
  inherit name url executable unpack;
  urls = [ url ];
  system = "builtin";
  builder = "builtin:fetchurl";
  # A file is a file; what is executable or a directory needs the form that says so.
  outputHashMode = if executable || unpack then "recursive" else "flat";
  preferLocalBuild = true;
  # Without effect on the store's own fetcher, but part of the derivation since ever.
  impureEnvVars = map (protocol: protocol + "_proxy") [ "http" "https" "ftp" "all" "no" ];
})
