{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  json = pkgs.formats.json { };
  ini = pkgs.formats.ini { };

  directory =
    if pkgs.stdenv.hostPlatform.isDarwin && !config.xdg.enable then
      "Library/Application Support/PrismLauncher"
    else
      "${config.xdg.dataHome}/PrismLauncher";

  isFile =
    value:
    lib.isPath value
    || lib.isDerivation value
    || (lib.isString value && lib.hasPrefix "${builtins.storeDir}/" value);

  themeFiles =
    name: theme:
    if isFile theme then
      {
        "${directory}/themes/${name}" = {
          source = theme;
          recursive = true;
        };
      }
    else
      {
        "${directory}/themes/${name}/theme.json".source =
          json.generate "prismlauncher-${name}-theme.json" theme.theme;
      }
      // lib.optionalAttrs (theme.style != null) {
        "${directory}/themes/${name}/themeStyle.css" =
          if isFile theme.style then { source = theme.style; } else { text = theme.style; };
      };
in
{
  title = "Prism Launcher, which starts Minecraft";
  docs = "https://prismlauncher.org/wiki/";

  options = {
    extraPackages = option (types.listOf types.package) [ ] "Packages to install with it, such as Java's.";

    icons = option (types.listOf types.path) [ ] "Icons of instances." // {
      example = lib.literalExpression "[ ./java.png ]";
    };

    themes = option (types.attrsOf (
      types.either types.path (
        types.submodule {
          options = {
            theme = option json.type { } "Contents of {file}`theme.json`.";
            style = option (types.nullOr (types.either types.lines types.path)) null "Style, as Qt writes it.";
          };
        }
      )
    )) { } "Themes by name: directories, or their contents." // {
      example = lib.literalExpression "{ Tokyo-Night = ./Tokyo-Night; }";
    };

    settings = option (types.attrsOf ini.lib.types.atom) { } "Settings of the section `General` of {file}`prismlauncher.cfg`." // {
      example.ShowConsole = true;
    };
  };

  config = {
    assertions =
      lib.mapAttrsToList (name: theme: {
        assertion = !isFile theme || lib.pathIsDirectory theme;
        message = "`programs.prismlauncher.themes.${name}` must be a directory when set to a path.";
      }) cfg.themes
      ++ lib.mapAttrsToList (name: theme: {
        assertion = isFile theme || theme.theme != { };
        message = "`programs.prismlauncher.themes.${name}.theme` must not be empty.";
      }) cfg.themes;

    home = {
      packages = cfg.extraPackages;

      # The program's own settings stay where ours say nothing of them.
      activation = lib.mkIf (cfg.settings != { }) {
        prismlauncherConfigActivation =
          let
            path = lib.escapeShellArg "${directory}/prismlauncher.cfg";
            file = name: values: lib.escapeShellArg (ini.generate "prismlauncher-${name}.cfg" { General = values; });
          in
          lib.hm.dag.entryAfter [ "linkGeneration" ] ''
            mkdir -p "$(dirname ${path})"

            if [ ! -e ${path} ]; then
              cat ${file "empty" { }} > ${path}
            fi

            ${lib.hm.options.tool pkgs "crudini" "crudini"} --merge --ini-options=nospace \
              ${path} < ${file "static" cfg.settings}
          '';
      };

      file =
        lib.listToAttrs (
          map (
            source: lib.nameValuePair "${directory}/icons/${baseNameOf source}" { inherit source; }
          ) cfg.icons
        )
        // lib.concatMapAttrs themeFiles cfg.themes;
    };
  };
}
