# Packages of vicinae's extensions.
{ pkgs }:

let
  build =
    {
      name,
      src,
      npmDepsHash,
      directory,
    }:
    pkgs.buildNpmPackage (
      {
        inherit name src;
        installPhase = ''
          runHook preInstall

          mkdir -p $out
          cp -r /build/${directory}/extensions/${name}/* $out/

          runHook postInstall
        '';
      }
      // (
        if npmDepsHash != null then
          { inherit npmDepsHash; }
        else
          {
            inherit (pkgs.importNpmLock) npmConfigHook;
            npmDeps = pkgs.importNpmLock { npmRoot = src; };
          }
      )
    );
in
{
  mkExtension =
    {
      name,
      src,
      npmDepsHash ? null,
    }:
    build {
      inherit name src npmDepsHash;
      directory = ".local/share/vicinae";
    };

  # One of Raycast, from its repository of them all unless `src` is given.
  mkRayCastExtension =
    {
      name,
      src ? null,
      rev ? null,
      sha256 ? null,
      npmDepsHash ? null,
    }:
    build {
      inherit name npmDepsHash;
      directory = ".config/raycast";
      src =
        if src != null then
          src
        else
          pkgs.fetchgit {
            inherit rev sha256;
            url = "https://github.com/raycast/extensions";
            sparseCheckout = [ "/extensions/${name}" ];
          }
          + "/extensions/${name}";
    };
}
