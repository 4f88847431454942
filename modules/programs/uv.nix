{
  cfg,
  exe,
  lib,
  option,
  types,
  ...
}:

let
  inherit (lib) escapeShellArg escapeShellArgs optionalString;
  inherit (cfg) python tool;

  words = example: description: option (types.listOf types.str) [ ] description // { inherit example; };
  switch = option types.bool false;

  # The name of a package, as the directories of tools have it.
  canonical =
    name:
    lib.toLower (
      lib.concatMapStrings (part: if lib.isList part then "-" else part) (builtins.split "[-_.]+" name)
    );
  toolName =
    spec:
    let
      found = builtins.match "([A-Za-z0-9._-]+).*" spec;
    in
    canonical (if found == null then spec else lib.head found);

  noDuplicates =
    name: entries:
    let
      duplicates = lib.unique (lib.filter (entry: lib.count (other: other == entry) entries > 1) entries);
    in
    {
      assertion = duplicates == [ ];
      message = ''
        programs.uv.${name} contains duplicate entries: ${
          lib.concatMapStringsSep ", " (entry: ''"${entry}"'') duplicates
        }.
      '';
    };

  # A version with all its parts cannot be upgraded.
  isExact = version: builtins.match ".*[0-9]+[.][0-9]+[.][0-9]+.*" version != null;

  others = lib.filter (version: !lib.elem version python.default) python.versions;
  upgradable = lib.filter (version: !isExact version) others;
  exact = lib.filter isExact others;

  managesPython = python.versions != [ ] || python.prune;
  managesTools = tool.packages != [ ] || tool.prune;
in
{
  title = "uv, which manages Python's versions and packages";
  docs = "https://docs.astral.sh/uv/reference/settings/";

  files.settings = {
    format = "toml";
    storeName = "uv-config";
    xdg = "uv/uv.toml";
    example.python-downloads = "never";
  };

  options = {
    python = {
      versions = words [
        "3.13"
        "pypy@3.11"
      ] "Versions of Python that each switch installs, and upgrades unless they name a patch release.";
      default = option (types.coercedTo types.str lib.singleton (types.listOf types.str)) [ ] "Versions, of those, that `python` and `python3` stand for." // {
        example = [ "3.13" ];
      };
      prune = switch "Whether other versions that uv installed are removed.";
    };

    tool = {
      packages = words [
        "ruff"
        "black==24.1.0"
      ] "Tools that each switch installs, and upgrades. See <https://docs.astral.sh/uv/guides/tools/>.";
      prune = switch "Whether other tools that uv installed are removed.";
    };
  };

  config = {
    assertions = [
      (noDuplicates "python.versions" python.versions)
      (noDuplicates "python.default" python.default)
      (noDuplicates "tool.packages" tool.packages)
      {
        assertion = lib.all (version: lib.elem version python.versions) python.default;
        message = ''
          Every programs.uv.python.default entry must also be listed, spelled
          identically, in programs.uv.python.versions.
        '';
      }
      {
        assertion = cfg.package != null || !(managesPython || managesTools);
        message = ''
          `programs.uv.package` cannot be null when `programs.uv.python` or
          `programs.uv.tool` manages installations during activation.
        '';
      }
    ];

    home.activation = {
      uvPython = lib.mkIf managesPython (
        lib.hm.dag.entryAfter [ "linkGeneration" ] ''
          ${optionalString python.prune ''
            uvKeep=$(
              for uvReq in ${escapeShellArgs python.versions}; do
                ${exe} python list "$uvReq" --managed-python --output-format json
              done | jq -s 'map(.[0].key // empty)'
            )
            ${exe} python list --only-installed --managed-python --output-format json \
              | jq -r --argjson keep "$uvKeep" '([.[].key] | unique) - $keep | .[]' \
              | while read -r uvKey; do
                  run ${exe} python uninstall $VERBOSE_ARG "$uvKey"
                done
          ''}
          ${lib.concatMapStringsSep "\n" (
            version:
            "run ${exe} python install $VERBOSE_ARG --default ${
              optionalString (!isExact version) "--upgrade "
            }${escapeShellArg version}"
          ) python.default}
          ${optionalString (upgradable != [ ]) ''
            run ${exe} python install $VERBOSE_ARG --upgrade ${escapeShellArgs upgradable}
          ''}
          ${optionalString (exact != [ ]) ''
            run ${exe} python install $VERBOSE_ARG ${escapeShellArgs exact}
          ''}
        ''
      );

      uvTool = lib.mkIf managesTools (
        lib.hm.dag.entryAfter [ "linkGeneration" ] ''
          ${optionalString tool.prune ''
            uvToolDir=$(${exe} tool dir)
            if [ -d "$uvToolDir" ]; then
              ls -1 "$uvToolDir" | sort -u \
                | comm -23 - <(printf '%s\n' ${
                  escapeShellArgs (lib.unique (map toolName tool.packages))
                } | sort -u) \
                | while read -r uvTool; do
                    run ${exe} tool uninstall $VERBOSE_ARG "$uvTool"
                  done
            fi
          ''}
          ${lib.concatMapStringsSep "\n" (
            spec: "run ${exe} tool install $VERBOSE_ARG ${escapeShellArg spec}"
          ) tool.packages}
          ${optionalString (tool.packages != [ ]) ''
            run ${exe} tool upgrade $VERBOSE_ARG ${escapeShellArgs tool.packages}
          ''}
        ''
      );
    };
  };
}
