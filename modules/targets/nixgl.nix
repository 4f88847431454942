# Wrappers of nixGL, with which programs of Nix find the graphics card on other distributions.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (lib.hm.options) option;

  cfg = config.targets.genericLinux.nixGL;

  isUsed = cfg.packages != null;

  wrapperNames = [
    "mesa"
    "mesaPrime"
    "nvidia"
    "nvidiaPrime"
  ];

  wrapperType = types.enum wrapperNames;

  # nixGL as a flake, for this system; as packages; or as its default.nix.
  packages =
    let
      inherit (pkgs.stdenv.hostPlatform) system;
    in
    cfg.packages.${system} or (
      if cfg.packages ? nixGLIntel || cfg.packages ? nixGLNvidia then
        cfg.packages
      else
        cfg.packages.auto or (throw "Incompatible NixGL package layout")
    );

  command =
    vendor:
    "${lib.getExe packages."nixGL${vendor}"} ${
      lib.optionalString cfg.vulkan.enable (lib.getExe packages."nixVulkan${vendor}")
    }";

  mesaOffload.DRI_PRIME = cfg.prime.card;

  nvidiaOffload =
    mesaOffload
    // {
      __NV_PRIME_RENDER_OFFLOAD = "1";
      __GLX_VENDOR_LIBRARY_NAME = "nvidia";
      __VK_LAYER_NV_optimus = "NVIDIA_only";
    }
    // lib.optionalAttrs (cfg.prime.nvidiaProvider != null) {
      __NV_PRIME_RENDER_OFFLOAD_PROVIDER = cfg.prime.nvidiaProvider;
    };

  # By the name of a wrapper: the drivers, the variables, and the name of its script.
  kinds = {
    mesa = {
      vendor = "Intel";
      variables = { };
      script = "nixGLMesa";
    };
    mesaPrime = {
      vendor = "Intel";
      variables = mesaOffload;
      script = "nixGLMesaPrime";
    };
    nvidia = {
      vendor = "Nvidia";
      variables = { };
      script = "nixGLNvidia";
    };
    nvidiaPrime = {
      vendor = "Nvidia";
      variables = nvidiaOffload;
      script = "nixGLNvidiaPrime";
    };
  };

  exports = variables: lib.concatStrings (lib.mapAttrsToList (name: value: "export ${name}=${value}\n") variables);

  script =
    kind:
    pkgs.writeShellScriptBin kind.script ''
      ${exports kind.variables}exec ${command kind.vendor} "$@"
    '';

  # The same package, whose programs run in the wrapper. It can be overridden like the package.
  wrap =
    kind: package:
    if !isUsed then
      package
    else
      package.overrideAttrs (old: {
        inherit (package) name;
        separateDebugInfo = false;
        nativeBuildInputs = old.nativeBuildInputs or [ ] ++ [ pkgs.makeWrapper ];
        buildCommand = ''
          set -eo pipefail

          ${lib.concatMapStringsSep "\n" (output: ''
            cp -rs --no-preserve=mode "${package.${output}}" "''$${output}"
          '') (old.outputs or [ "out" ])}

          rm -rf $out/bin/*
          shopt -s nullglob

          for program in ${package.out}/bin/*; do
            name=$(basename "$program")
            makeWrapper ${lib.getExe (script (kind // { variables = { }; }))} "$out/bin/$name" \
              --argv0 "$name" --add-flags "$program" ${
                lib.concatStringsSep " " (
                  lib.mapAttrsToList (name: value: "--set '${name}' '${value}'") kind.variables
                )
              }
          done

          # Files that start the program have to start the wrapped one.
          for file in $out/share/applications/*.desktop \
            $out/share/systemd/user/*.service $out/share/dbus-1/services/*.service; do
            if grep -q "${package.out}" "$file"; then
              source=$(readlink "$file")
              rm "$file"
              sed "s|${package.out}|$out|g" "$source" > "$file"
            fi
          done

          shopt -u nullglob
        '';
      })
      // {
        override = lib.setFunctionArgs (arguments: wrap kind (package.override arguments)) (
          lib.functionArgs package.override
        );
      };

  isInstalled = name: isUsed && cfg.installScripts != null && lib.elem name cfg.installScripts;
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "nixGL" ] [ "targets" "genericLinux" "nixGL" ])
  ];

  options.targets.genericLinux.nixGL = {
    packages = option (types.nullOr types.attrs) null "The packages of nixGL; null leaves programs as they are. See <https://github.com/nix-community/nixGL>." // {
      example = lib.literalExpression "pkgs.nixgl";
    };

    defaultWrapper = option wrapperType "mesa" "The wrapper of {option}`config.lib.nixGL.wrap`.";
    offloadWrapper = option wrapperType "mesaPrime" "The wrapper of {option}`config.lib.nixGL.wrapOffload`, for the faster card.";

    prime = {
      card = option types.str "1" "The card that the wrappers `mesaPrime` and `nvidiaPrime` use: a number, or an identifier of PCI." // {
        example = "pci-0000_06_00_0";
      };
      nvidiaProvider = option (types.nullOr types.str) null "The provider of Nvidia that is used, if not the first." // {
        example = "NVIDIA-G0";
      };
      installScript = option (types.nullOr (
        types.enum [
          "mesa"
          "nvidia"
        ]
      )) null "Whether there is the command {command}`prime-offload`, and for which drivers." // {
        example = "mesa";
      };
    };

    installScripts = option (types.nullOr (types.listOf wrapperType)) null "The wrappers that are installed as commands: {command}`nixGLMesa` and so on." // {
      example = [
        "mesa"
        "mesaPrime"
      ];
    };

    vulkan.enable = option types.bool false "Whether the wrappers are for Vulkan too." // {
      example = true;
    };
  };

  config = {
    lib.nixGL = {
      wrap = wrap kinds.${cfg.defaultWrapper};
      wrapOffload = wrap kinds.${cfg.offloadWrapper};
      wrappers = lib.mapAttrs (_name: wrap) kinds;
    };

    home.packages =
      lib.optional (cfg.prime.installScript != null) (
        pkgs.writeShellScriptBin "prime-offload" ''
          ${exports (if cfg.prime.installScript == "mesa" then mesaOffload else nvidiaOffload)}exec "$@"
        ''
      )
      ++ map (name: script kinds.${name}) (lib.filter isInstalled wrapperNames);
  };
}
