# The core blocks that are about profiles, as the script does them alone.
{
  # The environment of the packages, and the profile that it is installed to.
  path,
  profileDirectory,

  # Whether the system installs the packages.
  externalPackageInstall,
}:

{
  # Between checks and changes. A caller of the oldest protocol expects the profile to be set.
  writeBoundary = ''
    if (( hmDriverVersion < 1 )); then
      if [[ -v oldGenPath && $oldGenPath == "$newGenPath" ]]; then
        _i "No change so reusing latest profile generation"
      else
        _i "Creating new profile generation"
        hmSetProfile "$genProfilePath" "$newGenPath"
      fi
    fi
  '';

  installPackages =
    if externalPackageInstall then
      ''
        nixProfileRemove home-manager-path
      ''
    else
      ''
        hmInstallPackages ${path} ${profileDirectory} || exit 1
      '';
}
