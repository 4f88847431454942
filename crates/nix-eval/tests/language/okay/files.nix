let
  here = ./files;
in
{
  names = builtins.attrNames (builtins.readDir here);
  types = builtins.readDir here;
  text = builtins.readFile (here + "/text");
  exists = map builtins.pathExists [ here (here + "/text") (here + "/missing") (toString here + "/text/") (toString here + "/") (here + "/link/inner.nix") ];
  imported = [ (import ./files) (import ./files/value.nix) (import ./files/link/inner.nix) ];
  scoped = builtins.scopedImport { added = "scope"; } ./files/scoped.nix;
  kind = map builtins.readFileType [ (here + "/text") here (here + "/link") ];
  copied = "${./files/text}";
  tree = "${here}";
  named = builtins.path { path = here; name = "other"; };
  filtered = builtins.path { path = here; name = "filtered"; filter = path: type: type == "directory" || baseNameOf path == "text"; };
  source = builtins.filterSource (path: type: type != "symlink") here;
  flat = builtins.path { path = here + "/text"; name = "flat"; recursive = false; };
  to-file = builtins.toFile "name" "contents ${./files/text}";
  appended = baseNameOf (here + "/a" + "/../b");
  interpolated = baseNameOf ./files/${"te" + "xt"};
}
