# What the stand-in for nixpkgs lacks, and upstream's tests look at: what files in a format contain,
# and what the main programs of packages are called.
{ formats }:

_final: prev:

let
  inherit (prev) lib;

  withMain =
    names:
    lib.mapAttrs (
      package: program: prev.${package} // { meta = prev.${package}.meta or { } // { mainProgram = program; }; }
    ) (lib.filterAttrs (package: _program: prev ? ${package}) names);

  # A package that is an empty directory.
  stub = name: prev.runCommand name { meta.mainProgram = name; } "mkdir $out";
  withStubs = set: names: (if lib.isAttrs (prev.${set} or null) then prev.${set} else { }) // lib.genAttrs names stub;
  withStubs' = names: lib.genAttrs (lib.filter (name: !(prev ? ${name})) names) stub;

  # As nixpkgs makes them: with a name that the store allows, no version but the given one, and
  # attributes that an override adds, though these are only looked into.
  overridable =
    package:
    package
    // {
      overrideAttrs =
        change:
        let
          applied = if lib.isFunction change then change package else change;
          given = if lib.isFunction applied then change package package else applied;
        in
        overridable (package // given // given.passthru or { });
    };
  maker =
    make: name: env: command:
    overridable (
      removeAttrs (make (lib.strings.sanitizeDerivationName name) env command) (
        lib.filter (attribute: !(env ? ${attribute})) [
          "pname"
          "version"
        ]
      )
    );
  makers = {
    writeText = name: prev.writeText (lib.strings.sanitizeDerivationName name);
    runCommand = maker prev.runCommand;
    runCommandLocal = maker prev.runCommandLocal;
  };

  # These are for programs that this project's own set of packages does not have.
  foreign = [
    "cdn"
    "configobj"
    "elixirConf"
    "hocon"
    "lua"
    "nixConf"
    "php"
    "pythonVars"
  ];
in
{
  formats =
    prev.formats
    // removeAttrs (import formats {
      inherit lib;
      pkgs = prev // makers;
    }) foreign;
}
// makers
# Sets of packages that are only looked into.
// lib.genAttrs [ "qt5" "qt6" ] (name: {
  qtbase = {
    qtPluginPrefix = "lib/${name}/plugins";
    qtQmlPrefix = "lib/${name}/qml";
  };
})
// {
  libsForQt5 = withStubs "libsForQt5" [
    "qtstyleplugins"
    "qtstyleplugin-kvantum"
    "qt5ct"
  ];
  qt6Packages = withStubs "qt6Packages" [
    "qt6ct"
    "qt6gtk2"
    "qtstyleplugin-kvantum"
  ];
  lxqt = withStubs "lxqt" [
    "lxqt-config"
    "lxqt-qtplugin"
  ];
  kdePackages =
    withStubs "kdePackages" [
      "kconfig"
      "kio"
      "plasma-integration"
      "qttools"
      "systemsettings"
    ]
    // {
      breeze = stub "breeze" // {
        qt5 = stub "breeze-qt5";
      };
    };
  # As nixpkgs calls it.
  bash = prev.bash // {
    pname = "bash-interactive";
  };

  # The list of extensions that the editor reads.
  vscode-utils = (prev.vscode-utils or { }) // {
    toExtensionJson =
      extensions:
      builtins.toJSON (
        map (extension: { identifier.id = extension.vscodeExtUniqueId or extension.name; }) extensions
      );
  };

  wezterm = stub "wezterm";

  # Modules look at the version.
  codex = prev.codex // {
    version = "0.144.0";
  };
  python3Packages =
    withStubs "python3Packages" [
      "aria2p"
      "json5"
    ]
    // {
      toPythonApplication = lib.id;
    };
}
// withStubs' [
  "adwaita-qt"
  "adwaita-qt6"
  "qadwaitadecorations"
  "qadwaitadecorations-qt6"
  "qgnomeplatform"
  "qgnomeplatform-qt6"
]
// withMain {
  gnupg = "gpg";
  helix = "hx";
  neovim = "nvim";
  nushell = "nu";
  ripgrep = "rg";
  tealdeer = "tldr";
}
