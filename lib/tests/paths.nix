{ lib, attempt }:

let
  p = lib.path;
  subpaths = [ "" "." "a" "./a/b" "a//b/./c/" "../a" "a/.." "/a" "a..b" "..." ];
in
{
  append = map (s: attempt (toString (p.append /foo s))) subpaths;
  isValid = map p.subpath.isValid (subpaths ++ [ 1 null ]);
  normalise = map (s: attempt (p.subpath.normalise s)) subpaths;
  components = map (s: attempt (p.subpath.components s)) subpaths;
  join = [ (p.subpath.join [ ]) (p.subpath.join [ "a" "./b/c" "." ]) (attempt (p.subpath.join [ "a" ".." ])) ];
  hasPrefix = [ (p.hasPrefix /a /a/b) (p.hasPrefix /a/b /a) (p.hasPrefix /a /a) (p.hasPrefix /a /ab) (attempt (p.hasPrefix "/a" /a)) ];
  removePrefix = [ (p.removePrefix /a /a/b/c) (p.removePrefix /a /a) (attempt (p.removePrefix /a /b)) ];
  splitRoot = let s = p.splitRoot /a/b; in [ (toString s.root) s.subpath (p.splitRoot /.).subpath ];
  hasStorePathPrefix = map p.hasStorePathPrefix [
    (/. + "${builtins.storeDir}/nvl9ic0pj1fpyln3zaqrf4cclbqdfn1j-foo")
    (/. + "${builtins.storeDir}/nvl9ic0pj1fpyln3zaqrf4cclbqdfn1j-foo/bar")
    (/. + builtins.storeDir)
    (/. + "${builtins.storeDir}/short-foo")
    /home
    /.
  ];
  sources = [
    (lib.cleanSourceFilter "/x/.git" "directory") (lib.cleanSourceFilter "/x/a.o" "regular") (lib.cleanSourceFilter "/x/a.c" "regular")
    (lib.cleanSourceFilter "/x/a~" "regular") (lib.cleanSourceFilter "/x/.a.swp" "regular") (lib.cleanSourceFilter "/x/.swp" "regular") (lib.cleanSourceFilter "/x/result-1" "symlink") (lib.cleanSourceFilter "/x/result" "regular")
    (lib.cleanSourceFilter "/x/.hg" "directory") (lib.cleanSourceFilter "/x/.hg" "regular") (lib.cleanSourceFilter "/x/s" "unknown")
    (lib.sources.urlToName "https://x.org/foo.git") (lib.sources.urlToName "git@x.org:a/bar.tar.gz") (lib.sources.shortRev "0123456789abcdef") (lib.sources.shortRev "v1.2.3") (lib.sources.shortRev "refs/heads/main")
    (lib.pathIsGitRepo ./.) (lib.canCleanSource ./.)
  ];
  filesystem = [ (lib.pathIsDirectory ./.) (lib.pathIsRegularFile ./paths.nix) (lib.pathIsDirectory ./none) (lib.pathType ./paths.nix) (map baseNameOf (lib.filesystem.listFilesRecursive ./fixtures)) ];
}
