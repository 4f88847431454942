{ lib, types, ... }:

{
  title = "mr, which updates repositories of all kinds";
  docs = "https://myrepos.branchable.com/";

  files.settings = {
    format = "ini";
    generator.listToValue = lib.concatMapStringsSep ", " (lib.generators.mkValueStringDefault { });
    storeName = ".mrconfig";
    home = ".mrconfig";
    always = true;
    example.foo = {
      checkout = "git clone git@github.com:joeyh/foo.git";
      update = "git pull --rebase";
    };
  };
}
