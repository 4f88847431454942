# Drivers of graphics cards for programs of Nix, on distributions other than NixOS.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) neededPackage option;

  linux = config.targets.genericLinux;
  cfg = linux.gpu;

  isEmbedded = pkgs.isHomeManagerEmbedded or false;

  packageOf = neededPackage cfg.packages;

  nvidia =
    (cfg.packages.linuxPackages.nvidiaPackages.mkDriver {
      inherit (cfg.nvidia) version;
      sha256_64bit = cfg.nvidia.sha256;
      sha256_aarch64 = cfg.nvidia.sha256;
      useSettings = false;
      usePersistenced = false;
    }).override
      { libsOnly = true; };

  # Links the drivers to where programs of Nix look for them, now and at each start of the machine.
  setup = ''
    #!/bin/bash
    set -e

    # Earlier versions had a unit for this.
    unit=/etc/systemd/system/non-nixos-gpu.service
    if [[ -L "$unit" || -f "$unit" ]]; then
      systemctl disable --now non-nixos-gpu.service 2>/dev/null || true
      rm -f "$unit" "${cfg.nixStateDirectory}/gcroots/non-nixos-gpu.service"
      systemctl daemon-reload
    fi

    # The second link keeps the drivers from being collected.
    file=/etc/tmpfiles.d/non-nixos-gpu.conf
    ln -sf @out@/lib/tmpfiles.d/non-nixos-gpu.conf "$file"
    ln -sf "$file" "${cfg.nixStateDirectory}/gcroots/non-nixos-gpu.conf"

    systemd-tmpfiles --create non-nixos-gpu.conf
  '';
in
{
  options.targets.genericLinux.gpu = {
    enable = mkOption {
      type = types.bool;
      default = linux.enable && linux.nixGL.packages == null && !isEmbedded;
      defaultText = lib.literalExpression "config.targets.genericLinux.enable && config.targets.genericLinux.nixGL.packages == null";
      example = true;
      description = ''
        Whether there is a program, {command}`non-nixos-gpu-setup`, that gives drivers of graphics
        cards to programs of Nix. It needs root, once and after the drivers have changed.
      '';
    };

    packages = mkOption {
      type = types.attrs;
      default = pkgs;
      defaultText = lib.literalExpression "pkgs";
      description = "The packages that have the drivers.";
    };

    nvidia = {
      enable = lib.mkEnableOption "the drivers of Nvidia";
      version =
        option (types.nullOr (types.strMatching "[0-9]{3}\\.[0-9]{2,3}(\\.[0-9]{2,3})?")) null
          "The version of the driver that the distribution has in its kernel."
        // {
          example = "550.163.01";
        };
      sha256 = option (types.nullOr (types.strMatching "sha256-.*=")) null "The hash of the driver's archive." // {
        example = "sha256-hfK1D5EiYcGRegss9+H5dDr/0Aj9wPIJ9NVWP3dNUC0=";
      };
    };

    nixStateDirectory = option types.path "/nix/var/nix" "The directory of what Nix keeps." // {
      example = "/var/lib/nix";
    };

    setupPackage = mkOption {
      type = types.package;
      readOnly = true;
      description = "The package with {command}`non-nixos-gpu-setup`.";
    };

    drivers = mkOption {
      type = types.package;
      internal = true;
      description = "The drivers.";
    };
  };

  config = mkIf cfg.enable {
    assertions = lib.optionals cfg.nvidia.enable [
      {
        assertion = cfg.nvidia.version != null;
        message = ''
          Nvidia proprietary driver is enabled, version must be given.
          Please set targets.genericLinux.gpu.nvidia.version.
        '';
      }
      {
        assertion = cfg.nvidia.sha256 != null;
        message = ''
          Nvidia proprietary driver is enabled, driver hash must be given.
          Please set targets.genericLinux.gpu.nvidia.sha256.
        '';
      }
    ];

    warnings = lib.optional (linux.nixGL.packages != null) ''
      Both targets.genericLinux.gpu and targets.genericLinux.nixGL are enabled.
      This is an unsupported configuration. Only mix the two if you know what
      you are doing!
    '';

    home.packages = [ cfg.setupPackage ];

    home.activation.checkExistingGpuDrivers = lib.hm.dag.entryAnywhere ''
      existing=$(readlink /run/opengl-driver || true)
      new=${cfg.drivers}
      verboseEcho Existing drivers: ''${existing}
      verboseEcho New drivers: ''${new}
      if [[ -z "''${existing}" ]] ; then
        warnEcho "This non-NixOS system is not yet set up to use the GPU"
        warnEcho "with Nix packages. To set up GPU drivers, run"
        warnEcho "  sudo ${lib.getExe cfg.setupPackage}"
      elif [[ "''${existing}" != "''${new}" ]] ; then
        warnEcho "GPU drivers require an update, run"
        warnEcho "  sudo ${lib.getExe cfg.setupPackage}"
      fi
    '';

    targets.genericLinux.gpu = {
      drivers = cfg.packages.buildEnv {
        name = "non-nixos-gpu";
        paths =
          map packageOf [
            "mesa"
            "libglvnd"
            "libvdpau-va-gl"
          ]
          ++ lib.optional (pkgs.stdenv.hostPlatform.system == "x86_64-linux") (
            packageOf "intel-media-driver"
          )
          ++ lib.optionals cfg.nvidia.enable (
            [ nvidia ]
            ++ map packageOf [
              "nvidia-vaapi-driver"
              "egl-wayland"
              "egl-wayland2"
              "egl-gbm"
            ]
          );
      };

      setupPackage =
        cfg.packages.runCommandLocal "non-nixos-gpu"
          {
            inherit setup;
            passAsFile = [ "setup" ];
            meta.mainProgram = "non-nixos-gpu-setup";
          }
          ''
            mkdir -p $out/bin $out/lib/tmpfiles.d
            substitute $setupPath $out/bin/non-nixos-gpu-setup --subst-var out
            chmod +x $out/bin/non-nixos-gpu-setup

            conf=$out/lib/tmpfiles.d/non-nixos-gpu.conf
            echo "L+ /run/opengl-driver - - - - ${cfg.drivers}" > $conf

            # Other platforms of EGL, beside those of the distribution.
            for path in ${cfg.drivers}/share/egl/egl_external_platform.d/*; do
              if [ -e "$path" ]; then
                name=$(basename "$path" .json)
                echo "L+ /etc/egl/egl_external_platform.d/''${name}_nix_gpu.json - - - - $path" >> $conf
              fi
            done
          '';
    };
  };
}
