{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.programs.dircolors;
  inherit (config.home) preferXdgDirectories;

  dircolors = lib.hm.options.programPath' cfg.package "dircolors";

  path = if preferXdgDirectories then "${config.xdg.configHome}/dir_colors" else "~/.dir_colors";

  colors = pkgs.writeText "dir_colors" (
    lib.concatStringsSep "\n" (
      lib.mapAttrsToList (kind: color: "${kind} ${color}") cfg.settings
      ++ [ "" ]
      ++ lib.optional (cfg.extraConfig != "") cfg.extraConfig
    )
  );

  evaluation = "eval $(${dircolors} -b ${path})";

  nushellScript = pkgs.runCommand "dircolors.nu" { } ''
    eval "$(${dircolors} -b ${colors})"
    echo "export-env { \$env.LS_COLORS = \"$LS_COLORS\" }" >> $out
  '';

  # The database that `dircolors --print-database` has, by what kinds of file share a colour.
  kinds = {
    RESET = "0";
    DIR = "01;34";
    LINK = "01;36";
    MULTIHARDLINK = "00";
    FIFO = "40;33";
    SOCK = "01;35";
    DOOR = "01;35";
    BLK = "40;33;01";
    CHR = "40;33;01";
    ORPHAN = "40;31;01";
    MISSING = "00";
    SETUID = "37;41";
    SETGID = "30;43";
    CAPABILITY = "30;41";
    STICKY_OTHER_WRITABLE = "30;42";
    OTHER_WRITABLE = "34;42";
    STICKY = "37;44";
    EXEC = "01;32";
  };

  extensions = {
    # archives
    "01;31" = ''
      7z ace alz arc arj bz bz2 cab cpio deb dwm dz ear esd gz jar lha lrz lz lz4 lzh lzma lzo
      rar rpm rz sar swm t7z tar taz tbz tbz2 tgz tlz txz tz tzo tzst war wim xz z zip zoo zst
    '';
    # images and films
    "01;35" = ''
      asf avi bmp cgm dl emf flc fli flv gif gl jpeg jpg m2v m4v mjpeg mjpg mkv mng mov mp4 mp4v
      mpeg mpg nuv ogm ogv ogx pbm pcx pgm png ppm qt rm rmvb svg svgz tga tif tiff vob webm wmv
      xbm xcf xpm xwd yuv
    '';
    # sound
    "00;36" = "aac au flac m4a mid midi mka mp3 mpc oga ogg opus ra spx wav xspf";
  };

  words = text: lib.filter (word: lib.isString word && word != "") (builtins.split "[[:space:]]+" text);

  defaults =
    kinds
    // lib.concatMapAttrs (
      color: list: lib.listToAttrs (map (word: lib.nameValuePair ".${word}" color) (words list))
    ) extensions;
in
{
  options.programs.dircolors = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether to manage the colours of {command}`ls`.";
    };

    package = lib.hm.options.packageOption pkgs "dircolors" {
      nullable = true;
      default = "coreutils";
    };

    enableBashIntegration = lib.hm.shell.mkBashIntegrationOption { inherit config; };
    enableFishIntegration = lib.hm.shell.mkFishIntegrationOption { inherit config; };
    enableNushellIntegration = lib.hm.shell.mkNushellIntegrationOption { inherit config; };
    enableZshIntegration = lib.hm.shell.mkZshIntegrationOption { inherit config; };

    settings = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example.".sh" = "01;32";
      description = "Colours by kind or extension, besides those that {command}`dircolors` has.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines for the end of {file}`.dir_colors`.";
    };
  };

  config = mkIf cfg.enable {
    programs.dircolors.settings = lib.mapAttrs (_kind: lib.mkDefault) defaults;

    home.file = mkIf (!preferXdgDirectories) { ".dir_colors".source = colors; };
    xdg.configFile = mkIf preferXdgDirectories { dir_colors.source = colors; };

    programs.bash.initExtra = mkIf cfg.enableBashIntegration ''
      ${evaluation}
    '';

    programs.fish.shellInit = mkIf cfg.enableFishIntegration ''
      eval (${dircolors} -c ${path})
    '';

    # Before the frameworks, which look at the variable.
    programs.zsh.initContent = mkIf cfg.enableZshIntegration (
      lib.mkOrder 550 ''
        ${evaluation}
      ''
    );

    programs.nushell.extraEnv = mkIf cfg.enableNushellIntegration ''
      source ${nushellScript}
    '';
  };
}
