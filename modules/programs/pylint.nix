{ lib, types, ... }:

{
  title = "pylint, which checks Python code";
  docs = "https://pylint.readthedocs.io/en/stable/user_guide/configuration/all-options.html";
  package = [
    "python3Packages"
    "pylint"
  ];

  files.settings = {
    format = "ini";
    generator.listToValue = lib.concatMapStringsSep ", " (lib.generators.mkValueStringDefault { });
    home = ".pylintrc";
    always = true;
    example.MASTER.jobs = 4;
  };
}
