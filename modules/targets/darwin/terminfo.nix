# Descriptions of terminals, which macOS does not look for in profiles.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  config = lib.mkIf pkgs.stdenv.hostPlatform.isDarwin {
    home = {
      sessionVariables.TERMINFO_DIRS = lib.mkDefault "${config.home.profileDirectory}/share/terminfo:$TERMINFO_DIRS\${TERMINFO_DIRS:+:}/usr/share/terminfo";

      # The shell looks for the terminal again when the variable is set.
      sessionVariablesExtra = ''
        # reset TERM with new TERMINFO available (if any)
        export TERM="$TERM"
      '';
    };
  };
}
