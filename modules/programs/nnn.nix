{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  texts = values: lib.concatStringsSep ";" (lib.mapAttrsToList (key: value: "${key}:${value}") values);

  finalPackage = cfg.package.overrideAttrs (old: {
    nativeBuildInputs = old.nativeBuildInputs or [ ] ++ [ pkgs.makeWrapper ];
    postInstall = ''
      ${old.postInstall or ""}

      wrapProgram $out/bin/nnn \
        --prefix PATH : "${lib.makeBinPath cfg.extraPackages}" \
        --prefix NNN_BMS : "${texts cfg.bookmarks}" \
        --prefix NNN_PLUG : "${texts cfg.plugins.mappings}" \
        ${lib.concatMapStringsSep " " (argument: "--add-flags ${argument}") cfg.options}
    '';
  });

  quitcd = shell: lib.mkIf cfg.quitcd (lib.mkAfter "source ${finalPackage}/share/quitcd/quitcd.${shell}");

  scalar = types.oneOf [
    types.bool
    types.int
    types.str
  ];
in
{
  title = "nnn, a file manager for the terminal";
  docs = "https://github.com/jarun/nnn/wiki";
  nullable = false;
  packageOption.example = "pkgs.nnn.override { withNerdIcons = true; }";
  installed = finalPackage;

  shells = {
    bash = quitcd "bash_sh_zsh";
    zsh = quitcd "bash_sh_zsh";
    fish = quitcd "fish";
  };

  options = {
    finalPackage = lib.mkOption {
      type = types.package;
      readOnly = true;
      visible = false;
      description = "The package with its configuration.";
    };

    bookmarks = option (types.attrsOf types.str) { } "Directories by the key that goes there." // {
      example.d = "~/Documents";
    };

    extraPackages = option (types.listOf types.package) [ ] "Packages that nnn can call." // {
      example = lib.literalExpression "[ pkgs.ffmpegthumbnailer ]";
    };

    plugins = option (types.submodule {
      options = {
        src = option (types.nullOr types.path) null "Directory of plugins." // {
          example = lib.literalExpression "pkgs.nnn.src + \"/plugins\"";
        };
        mappings = option (types.attrsOf types.str) { } "Plugins by the key that calls them." // {
          example.f = "finder";
        };
      };
    }) { } "Plugins. See <https://github.com/jarun/nnn/tree/master/plugins>.";

    options = option (types.coercedTo (types.attrsOf scalar) (lib.cli.toCommandLineGNU { }) (types.listOf types.str)) { } "Arguments of each call." // {
      example = {
        t = 8;
        A = true;
      };
    };

    quitcd = lib.mkEnableOption "going to the directory that nnn was left in";
  };

  config = {
    programs.nnn = { inherit finalPackage; };
    xdg.configFile."nnn/plugins" = lib.mkIf (cfg.plugins.src != null) { source = cfg.plugins.src; };
  };
}
