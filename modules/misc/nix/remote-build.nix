# Other machines that build.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;

  cfg = config.nix;

  machines = "nix/machines";

  option =
    type: default: example: description:
    mkOption {
      inherit
        type
        default
        example
        description
        ;
    };

  strings = types.listOf types.str;
  nullableString = types.nullOr types.str;

  machineType = types.submodule {
    options = {
      hostName = mkOption {
        type = types.str;
        example = "builder.example.org";
        description = "The name of the machine.";
      };
      protocol = option (types.enum [
        null
        "ssh"
        "ssh-ng"
      ]) "ssh" "ssh-ng" "How to talk to it, or `null` for a machine that needs no protocol.";
      systems = option strings [ ] [ "aarch64-linux" ] "The platforms that it builds for.";
      sshUser = option nullableString null "builder" "Who to log in as; Nix there has to trust them.";
      sshKey = option nullableString null "/root/.ssh/id_builder" ''
        The key to log in with: a file without a passphrase, and not in the store. By default
        that of whoever builds.
      '';
      maxJobs = option types.int 1 4 "How many builds it runs at once.";
      speedFactor = option types.int 1 2 "How fast it is, compared to others.";
      supportedFeatures = option strings [ ] [ "kvm" ] "What it can do that builds may ask for.";
      mandatoryFeatures = option strings [ ] [ "big-parallel" ] ''
        What a build has to ask for to be sent there. It counts as supported.
      '';
      publicHostKey = option nullableString null "c3NoLWVkMjU1MTkg" ''
        Its public key, in base 64. By default that which SSH knows.
      '';
    };
  };

  orDash = value: if value == null || value == "" then "-" else value;
  list = lib.concatStringsSep ",";

  isNewFormat = cfg.package == null || lib.versionAtLeast (lib.getVersion cfg.package) "2.4pre";

  line =
    machine:
    lib.concatStringsSep " " (
      [
        (
          lib.optionalString (machine.protocol != null) "${machine.protocol}://"
          + lib.optionalString (machine.sshUser != null) "${machine.sshUser}@"
          + machine.hostName
        )
        (list machine.systems)
        (if machine.sshKey == null then "-" else machine.sshKey)
        (toString machine.maxJobs)
        (toString machine.speedFactor)
        (orDash (list (machine.supportedFeatures ++ machine.mandatoryFeatures)))
        (orDash (list machine.mandatoryFeatures))
      ]
      ++ lib.optional isNewFormat (if machine.publicHostKey == null then "-" else machine.publicHostKey)
    );
in
{
  options.nix = {
    buildMachines = mkOption {
      type = types.listOf machineType;
      default = [ ];
      description = "Machines that build, if {option}`nix.distributedBuilds` is set.";
    };

    distributedBuilds = mkOption {
      type = types.bool;
      default = false;
      description = "Whether other machines build.";
    };
  };

  config = lib.mkIf cfg.enable {
    # Whoever names the file in another way needs it, too.
    xdg.configFile.${machines} = lib.mkIf (cfg.buildMachines != [ ]) {
      text = lib.concatMapStrings (machine: line machine + "\n") cfg.buildMachines;
    };

    nix.settings = lib.mkIf cfg.distributedBuilds {
      builders = "@${config.xdg.configHome}/${machines}";
    };
  };
}
