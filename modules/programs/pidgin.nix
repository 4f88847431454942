{ cfg, lib, ... }:

{
  title = "Pidgin, a chat client";
  docs = "https://pidgin.im/help/";
  installed = if cfg.package == null then null else cfg.package.override { inherit (cfg) plugins; };

  options.plugins = lib.mkOption {
    default = [ ];
    example = lib.literalExpression "[ pkgs.pidgin-otr ]";
    description = "Packages of plugins.";
  };
}
