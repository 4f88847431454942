{
  cfg,
  config,
  lib,
  option,
  options,
  pkgs,
  types,
  ...
}:

let
  json = pkgs.formats.json { };
  inherit (pkgs.stdenv.hostPlatform) isLinux;

  opt = options.programs.radicle;
  inherit (cfg.uri) rad web-rad;

  # The program itself checks the configuration; a key must exist for that.
  configFile = pkgs.runCommand "config.json" { nativeBuildInputs = [ cfg.cli.package ]; } ''
    mkdir keys
    echo "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID/this/is/not/a/real/key/only/a/placeholder" \
      > keys/radicle.pub
    cp ${json.generate "config.json" cfg.settings} config.json
    RAD_HOME=$PWD rad config
    cp config.json $out
  '';

  explorerSuffix = "$rid$path";
  isSuitable = lib.hasSuffix explorerSuffix cfg.settings.publicExplorer;

  browsers = lib.attrValues (
    lib.filterAttrs (name: _entry: config.programs.${name}.enable) {
      librewolf = "librewolf.desktop";
      firefox = "firefox.desktop";
      chromium = "chromium-browser.desktop";
    }
  );

  handler = name: shortName: prefix: {
    "rad-to-${shortName}" = lib.mkIf rad.${shortName}.enable {
      name = "Open Radicle URIs with ${name}";
      genericName = "Code Forge";
      categories = [
        "Development"
        "RevisionControl"
      ];
      exec = lib.getExe (
        pkgs.writeShellApplication {
          name = "rad-to-${shortName}";
          meta.mainProgram = "rad-to-${shortName}";
          text = ''xdg-open "${prefix}$1"'';
        }
      );
      mimeType = [ "x-scheme-handler/rad" ];
      noDisplay = true;
    };
  };
in
{
  title = "Radicle, a network of Git repositories";
  docs = "https://radicle.xyz/guides/user";
  package = null;

  options = {
    cli.package = lib.hm.options.packageOption pkgs "radicle-node" { };

    uri = {
      rad = {
        browser = {
          enable = lib.mkOption {
            default = isSuitable && isLinux;
            defaultText = "`true` if a suitable public explorer is detected.";
            example = false;
            description = "Whether `rad:` links are opened in the browser, with the public explorer.";
          };
          preferredNode = option types.str "iris.radicle.xyz" "Node that the explorer shows." // {
            example = "radicle-node.example.com";
          };
        };
        vscode = {
          enable = lib.mkEnableOption "opening `rad:` links with VS Code";
          extension = option types.str "radicle-ide-plugins-team.radicle" "Extension that handles them.";
        };
      };

      web-rad = {
        enable = lib.mkEnableOption "opening `web+rad:` links with a browser";
        browser = option (types.nullOr types.str) (
          if browsers == [ ] then null else lib.head browsers
        ) "Desktop file of the browser." // {
          defaultText = "Automatically detected browser.";
          example = "brave.desktop";
        };
      };
    };

    settings = option (types.submodule {
      freeformType = json.type;
      options = {
        publicExplorer = option types.str "https://app.radicle.xyz/nodes/$host/$rid$path" "Address of the public explorer." // {
          example = "https://radicle.example.com/nodes/seed.example.com/$rid$path";
        };
        node = {
          alias = option types.str config.home.username "Name of the node." // {
            defaultText = lib.literalExpression "config.home.username";
          };
          listen = option (types.listOf types.str) [ ] "Addresses that the node listens at." // {
            example = [ "127.0.0.1:58776" ];
          };
        };
      };
    }) { } "Contents of {file}`~/.radicle/config.json`. See <https://app.radicle.xyz/nodes/seed.radicle.xyz/rad:z3gqcJUoA1n9HaHKufZs5FCSGazv5/tree/radicle/src/node/config.rs>.";
  };

  config = {
    assertions = [
      {
        assertion = isLinux || !(rad.browser.enable || rad.vscode.enable);
        message = "`rad:`-URI handlers are only supported on Linux.";
      }
      {
        assertion = web-rad.enable -> web-rad.browser != null;
        message = "Could not detect preferred browser. Please set `${toString opt.uri.web-rad.browser}`.";
      }
      {
        assertion = !(rad.browser.enable && rad.vscode.enable);
        message = "At most one `rad:`-URI handler may be enabled.";
      }
      {
        assertion = rad.browser.enable -> isSuitable;
        message = "${opt.uri.rad.browser.enable} is only compatible with a public explorer URL ending in '${explorerSuffix}' but '${cfg.settings.publicExplorer}' does not end with '${explorerSuffix}'.";
      }
    ];

    home = {
      packages = lib.optional (cfg.cli.package != null) cfg.cli.package;
      file.".radicle/config.json".source = configFile;
    };

    xdg = {
      mimeApps.defaultApplications = {
        "x-scheme-handler/rad" = lib.mkIf (rad.browser.enable || rad.vscode.enable) (
          lib.mkDefault (
            if rad.browser.enable then "rad-to-browser.desktop" else "rad-to-vscode.desktop"
          )
        );
        "x-scheme-handler/web+rad" = lib.mkIf web-rad.enable (lib.mkDefault web-rad.browser);
      };

      desktopEntries =
        handler "Web Browser" "browser" (
          lib.replaceStrings
            [
              "$host"
              explorerSuffix
            ]
            [
              rad.browser.preferredNode
              ""
            ]
            cfg.settings.publicExplorer
        )
        // handler "VSCode" "vscode" "vscode://${rad.vscode.extension}/";
    };
  };
}
