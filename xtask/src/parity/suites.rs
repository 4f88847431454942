//! What the golden files are about, as Nix code.

use std::path::Path;

/// A golden file and how its names are evaluated.
pub struct Suite {
    /// The name of the file.
    pub file: &'static str,
    /// The set that has the names; `DIR` stands for the folder of the checkouts.
    set: &'static str,
    /// From the set, as `set`, and a name, as `name`, to the value.
    value: &'static str,
}

/// All golden files.
pub const SUITES: &[Suite] = &[
    Suite {
        file: "corepkgs.tsv",
        set: "(import DIR/corepkgs { })",
        value: PATH,
    },
    Suite {
        file: "nixpkgs-channels.tsv",
        set: "(import DIR/nixpkgs-channels { } // { nixos-system = (import \
              DIR/nixpkgs-channels/nixos { configuration = { boot.loader.grub.device = \
              \"/dev/sda\"; fileSystems.\"/\".device = \"/dev/sda1\"; }; }).system; })",
        value: PATH,
    },
    Suite {
        file: "home-manager-tests.tsv",
        set: "(import DIR/home-manager/tests/parity.nix { pkgs = import \
              DIR/offline-nixpkgs/packages.nix { }; })",
        value: "set.${name}.drv",
    },
];

/// Follows a name with dots in it, unless the set has it as it is.
const PATH: &str = "if set ? ${name} then set.${name} else builtins.foldl' (set: part: set.${part}) \
                    set (builtins.filter builtins.isString (builtins.split \"[.]\" name))";

/// The first derivation that `nix-instantiate -A` would print: functions are called with their
/// defaults, sets and lists searched as far as `recurseForDerivations` leads.
const FIRST: &str = "let
  call = value:
    if builtins.isAttrs value && value ? __functor then call (value.__functor value)
    else if builtins.isFunction value then
      let arguments = builtins.functionArgs value; in
      if arguments != { } && builtins.all (name: arguments.${name}) (builtins.attrNames arguments)
      then call (value { })
      else value
    else value;
  isName = name: builtins.match \"[A-Za-z_][A-Za-z0-9_+-]*\" name != null;
  firstOf = builtins.foldl' (found: value: if found != null then found else one value) null;
  one = value:
    if !builtins.isAttrs value then null
    else if value.type or null == \"derivation\" then path value
    else if value.recurseForDerivations or false then many value
    else null;
  path = value: builtins.unsafeDiscardStringContext value.drvPath;
  many = value:
    let called = call value; in
    if builtins.isList called then firstOf called
    else if !builtins.isAttrs called then null
    else if called.type or null == \"derivation\" then path called
    else firstOf (map (name: called.${name}) (builtins.filter isName (builtins.attrNames called)));
in many";

impl Suite {
    /// The set that has the names.
    pub fn set(&self, directory: &Path) -> String {
        self.set.replace("DIR", &directory.to_string_lossy())
    }

    /// A function from a name to a derivation path, or null.
    pub fn function(&self, directory: &Path) -> String {
        function(&self.set(directory), self.value)
    }
}

fn function(set: &str, value: &str) -> String {
    format!("let set = {set}; first = {FIRST}; in name: first ({value})")
}

/// The same for the attributes of an expression.
pub fn attributes_of(expression: &str) -> String {
    function(&format!("({expression})"), "set.${name}")
}

/// A string literal.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        if matches!(character, '"' | '\\' | '$') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}
