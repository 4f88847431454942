{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "atool, which handles archives of all kinds";
  docs = "https://www.nongnu.org/atool/";
  installed = if cfg.package == null then null else cfg.finalPackage;

  options = {
    finalPackage = lib.mkOption {
      type = types.package;
      readOnly = true;
      description = "The package with what it can call.";
    };

    settings = option (types.attrsOf (types.either types.str types.int)) { } "Contents of {file}`~/.atoolrc`. See {manpage}`atool(1)`." // {
      example.path_unrar = "unrar-free";
    };

    extraPackages = option (types.listOf types.package) [ ] "Packages that atool can call." // {
      example = lib.literalExpression "[ pkgs.p7zip pkgs.zip ]";
    };
  };

  config = {
    programs.atool.finalPackage =
      if cfg.extraPackages == [ ] then
        cfg.package
      else
        pkgs.symlinkJoin {
          name = "atool-wrapped";
          paths = [ cfg.package ];
          buildInputs = [ pkgs.makeWrapper ];
          postBuild = ''
            wrapProgram $out/bin/atool \
            --suffix PATH : ${lib.makeBinPath cfg.extraPackages}
          '';
        };

    home.file.".atoolrc" = lib.mkIf (cfg.settings != { }) {
      source = pkgs.writeText ".atoolrc" (
        lib.generators.toKeyValue { mkKeyValue = lib.generators.mkKeyValueDefault { } " "; } cfg.settings
      );
    };
  };
}
