# The examples of the options of this project's modules, each as the configuration of a home that has
# the embedded library and packages, with everything enabled that the option is a part of.
#
# `texts` are the examples; `homes` has the derivations of the homes with them.
{
  system ? "x86_64-linux",
  pkgs ? import ../../pkgs { inherit system; },
}:

let
  inherit (pkgs) lib;

  identity.home = {
    username = lib.mkDefault "tester";
    homeDirectory = lib.mkDefault "/home/tester";
    stateVersion = "26.05";
  };

  homeOf = configuration: import ../. { inherit pkgs configuration; };

  empty = homeOf identity;

  documented = builtins.filter (option: option.visible && !option.internal && option ? example) (
    lib.optionAttrSetToDocList empty.options
  );

  byName = lib.listToAttrs (map (option: lib.nameValuePair option.name option) documented);

  # The options beside one that have no default: with the examples of these it is a whole.
  required = builtins.filter (
    option: option ? example && !(option ? default) && !option.internal
  ) documented;

  requiredBeside =
    option:
    builtins.filter (
      other: other.name != option.name && lib.init other.loc == lib.init option.loc
    ) required;

  # What is called in examples.
  callable = [
    "overridePythonAttrs"
    "withExtensions"
    "withPackages"
    "wrapper"
  ];

  # A package for the place of one that the embedded set lacks.
  standIn =
    path:
    let
      name = lib.last path;
      package =
        pkgs.runCommand name { } "mkdir $out"
        // {
          pname = if lib.head path == "tmuxPlugins" then "tmuxplugin-${name}" else name;
          version = "99.0";
          meta.mainProgram = name;
          src = package;
          steamcompattool = package;
          rtp = "${package}";
          override = _changes: package;
          home = "${package}";
          passthru.dictFileName = name;
        }
        // lib.optionalAttrs (builtins.elem name callable) {
          __functor = _self: _arguments: package;
        };
    in
    package;

  # The packages of the set and those that a text names.
  withPackagesOf =
    text:
    let
      paths = map (found: lib.splitString "." (lib.removeSuffix ".override" (lib.removeSuffix "." (lib.head found)))) (
        builtins.filter builtins.isList (builtins.split "pkgs\\.([a-zA-Z0-9_.'-]+)" text)
      );
      # A path before those that go on from it.
      lacking = lib.sortOn lib.length (
        lib.unique (builtins.filter (path: !(lib.hasAttrByPath path pkgs)) paths)
      );
    in
    lib.foldl' (
      set: path: lib.recursiveUpdate set (lib.setAttrByPath path (standIn path))
    ) pkgs lacking;

  # A value below a path as documentation shows it: "<name>" is any name, and "*" an element of a list.
  below =
    path: value:
    if path == [ ] then
      value
    else
      let
        part = lib.head path;
        inner = below (lib.tail path) value;
      in
      if part == "*" then
        [ inner ]
      else if lib.hasPrefix "<" part then
        { example = inner; }
      else
        { ${part} = inner; };

  # What has to be enabled for an option to have an effect.
  enabling =
    path:
    lib.concatMap (
      length:
      let
        prefix = lib.take length path;
        option = lib.attrByPath (prefix ++ [ "enable" ]) { } empty.options;
      in
      lib.optional (lib.isOption option && length < lib.length path - 1 || lib.isOption option && lib.last path != "enable") (
        lib.setAttrByPath (prefix ++ [ "enable" ]) (lib.mkDefault true)
      )
    ) (lib.range 1 (lib.length path - 1));

  # Parts of configurations whose modules do not say what is missing, as upstream's, or that name
  # files of the user.
  incomplete = [
    "programs.gnome-terminal.enable"
    "programs.papis.libraries.<name>.settings"
    "programs.rclone.remotes"
    "programs.rclone.remotes.<name>.mounts.<name>.enable"
    "programs.thunderbird.languagePacks"
    "programs.thunderbird.policies"
    "programs.vscode.haskell.enable"
    "programs.vscode.haskell.hie.executablePath"
    "services.syncthing.guiCredentials.passwordFile"
    "services.syncthing.guiCredentials.username"
    "services.syncthing.settings.folders"
    "services.syncthing.settings.folders.<name>.ignorePatterns"
    "services.syncthing.settings.folders.<name>.versioning"
  ];

  completions = import ./completions.nix {
    inherit lib pkgs;
    package = name: standIn [ name ];
  };

  exampleHome =
    values: name:
    let
      option = byName.${name};
      exampleOf =
        option:
        { config, lib, ... }:
        {
          ${lib.last option.loc} = values.${option.name} {
            inherit config lib;
            pkgs = withPackagesOf option.example.text;
            nixpkgs = standIn [ "nixpkgs" ];
          };
        };
      example =
        { config, lib, ... }@arguments:
        below (lib.init option.loc) (
          lib.foldl' (set: other: exampleOf other arguments // set) { } (
            [ option ] ++ requiredBeside option
          )
        );
      completion = builtins.filter (
        completion: builtins.match completion.options name != null
      ) completions;
    in
    (homeOf {
      imports = [
        identity
        example
      ]
      ++ map (completion: completion.configuration) completion
      ++ enabling option.loc;
    }).activationPackage.drvPath;
in
{
  # By the option's name, the expression of its example.
  texts = lib.mapAttrs (
    _name: option:
    if option.example._type or "" == "literalExpression" then
      option.example.text
    else
      throw "the example of ${option.name} is no expression"
  ) (removeAttrs byName incomplete);

  # The homes of some examples, from a file with a function of a module's arguments for each name.
  homes = file: names: lib.genAttrs names (exampleHome (import file));
}
