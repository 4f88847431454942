{
  cfg,
  lib,
  pkgs,
  types,
  ...
}:

{
  title = "GNU Info";
  docs = "https://www.gnu.org/software/texinfo/manual/info-stnd/";
  package = "texinfoInteractive";

  removed.homeInfoDirLocation = ''
    The `dir` file is now generated as part of the Home Manager profile and
    will no longer be placed in your home directory.
  '';

  config.home = {
    # With two packages that have the directory, that of the profile is a directory of its own, in
    # which the list of manuals can be written.
    packages = [
      (pkgs.runCommandLocal "dummy-info-dir1" { } "mkdir -p $out/share/info")
      (pkgs.runCommandLocal "dummy-info-dir2" { } "mkdir -p $out/share/info")
    ];

    extraOutputsToInstall = [ "info" ];

    extraProfileCommands =
      let
        directory = "$out/share/info";
        programs = lib.filter (package: package != null) [
          (pkgs.gzip or null)
          cfg.package
        ];
      in
      ''
        if [[ -w "${directory}" && ! -e "${directory}/dir" ]]; then
          PATH="${lib.makeBinPath programs}''${PATH:+:}$PATH" \
          find -L "${directory}" \( -name '*.info' -o -name '*.info.gz' \) \
            -exec install-info '{}' "${directory}/dir" ';'
        fi
      '';
  };
}
