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
  inherit (pkgs.stdenv.hostPlatform) isDarwin;

  below = name: [ "programs" "go" ] ++ lib.splitString "." name;
  changed = from: to: value: lib.mkChangedOptionModule (below from) (below to) value;
  inHome = config: path: "${config.home.homeDirectory}/${path}";

  firstPath = lib.head (lib.splitString ":" cfg.env.GOPATH);

  # Beside the configuration of other programs, which macOS has elsewhere.
  configFiles =
    files:
    {
      xdg.configFile = lib.mapAttrs (_path: file: file // { enable = !isDarwin; }) files;
      home.file = lib.mapAttrs' (
        path: file: lib.nameValuePair "Library/Application Support/${path}" (file // { enable = isDarwin; })
      ) files;
    };

  pathList =
    separator: description:
    option (types.either types.str (types.listOf types.str)) "" description
    // {
      apply = value: lib.concatStringsSep separator (lib.toList value);
    };
in
{
  title = "Go";
  docs = "https://go.dev/ref/mod#environment-variables";

  imports = [
    (changed "goPath" "env.GOPATH" (config: [ (inHome config config.programs.go.goPath) ]))
    (changed "extraGoPaths" "env.GOPATH" (
      config: lib.mkOrder 1500 (map (inHome config) config.programs.go.extraGoPaths)
    ))
    (changed "goBin" "env.GOBIN" (config: inHome config config.programs.go.goBin))
  ];
  renamed.goPrivate = "env.GOPRIVATE";

  options = {
    packages =
      option (types.attrsOf types.path) { } "Sources to put below the first directory of `env.GOPATH`, by the path of the package."
      // {
        example = lib.literalExpression ''
          { "golang.org/x/text" = builtins.fetchGit "https://go.googlesource.com/text"; }
        '';
      };

    env =
      option (types.submodule {
        freeformType = types.attrsOf types.str;
        options = {
          GOPATH = pathList ":" "Directories of Go's workspaces; {file}`~/go` if empty.";
          GOPRIVATE = pathList "," "Patterns of modules that are not fetched by way of proxies.";
        };
      }) { } "Variables that `go env` shows. See <https://pkg.go.dev/cmd/go#hdr-Environment_variables>."
      // {
        example = lib.literalExpression ''
          {
            GOPATH = [ "''${config.home.homeDirectory}/mygo" ];
            CXX = "g++";
          }
        '';
      };

    telemetry = option (types.submodule {
      options = {
        mode = option (types.nullOr (
          types.enum [
            "off"
            "local"
            "on"
          ]
        )) null "Whether data about the use of Go is collected, and sent.";
        date = option types.str "1970-01-01" "Day since when it is; no data of before is sent.";
      };
    }) { } "Telemetry. See <https://go.dev/doc/telemetry>.";
  };

  config = [
    {
      assertions = [
        {
          assertion =
            cfg.packages != { }
            -> cfg.env.GOPATH != ""
            -> lib.hasPrefix config.home.homeDirectory firstPath;
          message = "The first element of `programs.go.env.GOPATH must be an absolute path that points to a directory inside ${config.home.homeDirectory} if `programs.go.packages` is set.";
        }
      ];

      home.file = lib.mapAttrs' (
        name: source:
        lib.nameValuePair "${if cfg.env.GOPATH != "" then firstPath else "go"}/src/${name}" {
          inherit source;
        }
      ) cfg.packages;
    }
    (lib.mkIf (cfg.env != { }) (configFiles {
      "go/env".source = (pkgs.formats.keyValue { }).generate "go-env" (
        lib.filterAttrs (_name: value: value != "") cfg.env
      );
    }))
    (lib.mkIf (cfg.telemetry.mode != null) (configFiles {
      "go/telemetry/mode".text = "${cfg.telemetry.mode} ${cfg.telemetry.date}";
    }))
  ];
}
