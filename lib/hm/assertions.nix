{ lib }:

{
  # An assertion that holds only on the given systems. `module` is the option path
  # that the message names.
  assertPlatform = module: pkgs: platforms: {
    assertion = builtins.elem pkgs.stdenv.hostPlatform.system platforms;
    message = ''
      The module ${module} does not support your platform. It only supports

      ${lib.concatMapStringsSep "\n" (system: "  - ${system}") (builtins.sort builtins.lessThan platforms)}'';
  };
}
