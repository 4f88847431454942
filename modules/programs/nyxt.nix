{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "Nyxt, a browser for the keyboard";
  docs = "https://nyxt.atlas.engineer/documentation";

  options.config = option (types.either types.lines types.path) "" "Contents of {file}`$XDG_CONFIG_HOME/nyxt/config.lisp`, or a file." // {
    example = ''
      (in-package #:nyxt-user)
    '';
  };

  config.xdg.configFile."nyxt/config.lisp" = lib.mkIf (cfg.config != "") {
    source = if lib.isString cfg.config then pkgs.writeText "nyxt-config" cfg.config else cfg.config;
  };
}
