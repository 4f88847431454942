{
  lib,
  pkgs,
  types,
  ...
}:

{
  title = "nom, a feed reader for the terminal";
  docs = "https://github.com/guyfedwards/nom";

  files.settings = {
    format = {
      type = types.attrsOf types.anything;
      generate = name: value: pkgs.writeText name (lib.generators.toYAML { } value);
    };
    xdg = "nom/config.yml";
    example = {
      autoread = true;
      ordering = "desc";
    };
  };
}
