{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  toml = pkgs.formats.toml { };
  directory = "lapce-${cfg.channel}";

  required = description: lib.mkOption {
    type = types.str;
    inherit description;
  };

  # The registry gives the address of an archive, which is fetched then.
  archiveOf =
    {
      author,
      name,
      version,
      hash,
    }:
    pkgs.stdenvNoCC.mkDerivation {
      name = "lapce-plugin-${author}-${name}-${version}.tar.zstd";
      nativeBuildInputs = [
        pkgs.curl
        pkgs.cacert
      ];
      dontUnpack = true;
      dontBuild = true;
      installPhase = ''
        runHook preInstall

        url="$(curl https://plugins.lapce.dev/api/v1/plugins/${author}/${name}/${version}/download)"
        curl -L "$url" -o "$out"

        runHook postInstall
      '';
      outputHashAlgo = "sha256";
      outputHashMode = "flat";
      outputHash = hash;
      inherit (lib) meta;
    };

  pluginOf =
    plugin:
    pkgs.stdenvNoCC.mkDerivation {
      pname = "lapce-plugin-${plugin.author}-${plugin.name}";
      inherit (plugin) version;
      src = archiveOf { inherit (plugin) author name version hash; };
      nativeBuildInputs = [ pkgs.zstd ];
      phases = [ "installPhase" ];
      installPhase = ''
        runHook preInstall

        mkdir -p $out
        tar -C $out -xvf $src

        runHook postInstall
      '';
    };
in
{
  title = "Lapce, an editor";
  docs = "https://docs.lapce.dev/configuration/settings";

  options = {
    channel = option (types.enum [
      "stable"
      "nightly"
    ]) "stable" "Edition of Lapce, which has a directory of its own.";

    settings = option toml.type { } "Contents of {file}`settings.toml`. See <https://docs.lapce.dev/configuration/settings>." // {
      example.core.color-theme = "Custom";
    };

    plugins = option (types.listOf (
      types.submodule {
        options = {
          author = required "Author of the plugin.";
          name = required "Name of the plugin.";
          version = required "Version of the plugin.";
          hash = option types.str "" "Hash of the plugin's archive.";
        };
      }
    )) [ ] "Plugins of <https://plugins.lapce.dev>." // {
      example = [
        {
          author = "MrFoxPro";
          name = "lapce-nix";
          version = "0.0.1";
          hash = "sha256-...";
        }
      ];
    };

    keymaps = option toml.type [ ] "Key bindings. See <https://docs.lapce.dev/configuration/keybindings>." // {
      example = [
        {
          command = "open_log_file";
          key = "Ctrl+Shift+L";
        }
      ];
    };
  };

  config.xdg = {
    configFile = {
      "${directory}/settings.toml".source = toml.generate "settings.toml" cfg.settings;
      "${directory}/keymaps.toml".source = toml.generate "keymaps.toml" { inherit (cfg) keymaps; };
    };
    dataFile."${directory}/plugins".source = pkgs.linkFarm "lapce-plugins" (
      lib.listToAttrs (
        map (
          plugin: lib.nameValuePair "${plugin.author}-${plugin.name}-${plugin.version}" (pluginOf plugin)
        ) cfg.plugins
      )
    );
  };
}
