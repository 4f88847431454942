{ lib }:

let
  # Why a package of the embedded set is missing, and the way out.
  lackMessage = shown: ''
    The package `${shown}` is not in Home Manager's embedded package set.

    To have it, add nixpkgs to the inputs of your flake.nix and use its packages:

      inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
      ...
      pkgs = nixpkgs.legacyPackages.''${system};

    Or set the option that asks for it to a package of your own.'';
in
{
  # An option of a type, with a default and a description.
  option =
    type: default: description:
    lib.mkOption { inherit type default description; };

  # How generated text calls a program of another package: by its path or, if the embedded package
  # set lacks the package at `path`, by the name it has in PATH.
  tool =
    pkgs: path: name:
    if lib.hasAttrByPath (lib.toList path) pkgs then
      lib.getExe' (lib.getAttrFromPath (lib.toList path) pkgs) name
    else
      name;

  # The package at a path with dots, whose files are needed while building. Where the set lacks it,
  # the error has the way out.
  neededPackage =
    pkgs: path:
    let
      names = lib.splitString "." path;
    in
    if lib.hasAttrByPath names pkgs then
      lib.getAttrFromPath names pkgs
    else
      throw (lackMessage "pkgs.${path}");

  # An option that holds a package, by default the one at `default` (a path of attribute
  # names) in `pkgs`.
  #
  # Null means that the program comes with the distribution; what is written then calls it by its
  # plain name (`programPath`). It is the default where the embedded package set, which has few
  # packages, lacks the one asked for. An option that is not nullable holds a package whose files
  # the module reads: it fails, once its value is needed, with the way out.
  packageOption =
    pkgs: name:
    {
      nullable ? true,
      default ? name,
      example ? null,
      extraDescription ? "",
      pkgsText ? "pkgs",
    }:
    let
      path = lib.toList default;
      shown = lib.concatStringsSep "." ([ pkgsText ] ++ path);
      isLacking =
        default != null && (pkgs.isHomeManagerEmbedded or false) && !(lib.hasAttrByPath path pkgs);
      option = lib.mkPackageOption pkgs name {
        inherit
          nullable
          example
          extraDescription
          pkgsText
          ;
        default = if isLacking then null else default;
      };
    in
    if !isLacking || nullable then
      option
    else
      option
      // {
        defaultText = lib.literalExpression shown;
        default = throw (lackMessage shown);
      };

  # How generated text calls a program: by its path in the package or, where the package is
  # null because the program comes with the distribution, by the name it has in PATH.
  programPath = package: name: if package == null then name else lib.getExe package;

  # The same for a further program of a package, which is not its main one.
  programPath' = package: name: if package == null then name else lib.getExe' package name;

  # The same for a program in `bin` of the package itself, whatever other outputs it has.
  binPath = package: name: if package == null then name else "${package}/bin/${name}";

  # Where the data files of a package are, below the distribution's prefix if it is null.
  installPrefix = package: if package == null then "/usr" else "${package}";
}
