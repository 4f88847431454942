# Sources from elsewhere, fetched while evaluating.
{ lib, self }:

let
  hashOf =
    args:
    args.hash or args.sha256
      or (throw "A hash is needed: `hash = \"sha256-...\";`. With `lib.fakeHash` the right one is shown in the message of the failing fetch.");

  fetchArchive =
    url: args:
    builtins.fetchTarball {
      inherit url;
      name = args.name or "source";
      sha256 = hashOf args;
    };

  revision = args: args.rev or args.tag or (throw "`rev` or `tag` is needed.");
in
{
  fetchurl =
    args:
    builtins.fetchurl (
      {
        url = args.url or (builtins.head args.urls);
        sha256 = hashOf args;
      }
      // lib.optionalAttrs (args ? name) { inherit (args) name; }
    );

  fetchzip = args: fetchArchive (args.url or (builtins.head args.urls)) args;

  fetchFromGitHub =
    args:
    fetchArchive "https://github.com/${args.owner}/${args.repo}/archive/${revision args}.tar.gz" args;

  fetchFromGitLab =
    args:
    let
      domain = args.domain or "gitlab.com";
      project = "${args.owner}/${args.repo}";
    in
    fetchArchive "https://${domain}/${project}/-/archive/${revision args}/${args.repo}-${revision args}.tar.gz" args;

  fetchFromSourcehut =
    args: fetchArchive "https://git.sr.ht/${args.owner}/${args.repo}/archive/${revision args}.tar.gz" args;

  fetchFromCodeberg =
    args:
    fetchArchive "https://codeberg.org/${args.owner}/${args.repo}/archive/${revision args}.tar.gz" args;
}
