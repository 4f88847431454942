//! What `--help` says.

use std::os::unix::process::CommandExt;
use std::process::Command;

use super::evaluate::Failed;
use super::tool::print_lines;
use crate::report::Failure;

/// The commands of `nix`, with what each is for.
const COMMANDS: &[(&str, &str)] = &[
    ("build", "build a derivation or fetch a store path"),
    ("bundle", "make a file of an app that runs without Nix"),
    ("config show", "show the settings in force"),
    ("copy", "copy objects between stores"),
    (
        "derivation add",
        "add a store derivation from its JSON form",
    ),
    ("derivation show", "show what a store derivation has in it"),
    (
        "develop",
        "run a shell in the build environment of a derivation",
    ),
    ("doctor", "check the search path and the store"),
    ("edit", "open the file that a package is written in"),
    ("eval", "evaluate an expression"),
    (
        "flake archive",
        "copy a flake and all its inputs to a store",
    ),
    (
        "flake check",
        "check that a flake evaluates and that its checks build",
    ),
    ("flake clone", "clone the repository of a flake"),
    (
        "flake init",
        "make a flake in the current directory from a template",
    ),
    ("flake lock", "add what is missing to a lock file"),
    ("flake metadata", "show what a flake is locked to"),
    (
        "flake new",
        "make a flake in a new directory from a template",
    ),
    ("flake prefetch", "fetch the source of a flake to the store"),
    (
        "flake prefetch-inputs",
        "fetch the inputs of a flake to the store",
    ),
    ("flake show", "show the outputs of a flake"),
    ("flake update", "update the lock file of a flake"),
    (
        "fmt",
        "reformat your code in the standard style (nix formatter build builds what does it)",
    ),
    ("formatter build", "build the formatter of a flake"),
    ("formatter run", "reformat your code in the standard style"),
    ("hash convert", "convert between formats of hashes"),
    ("hash file", "print the hash of a file"),
    ("hash path", "print the hash of the NAR of a path"),
    (
        "key convert-secret-to-public",
        "make a public key of a secret one",
    ),
    ("key generate-secret", "make a secret key for signing"),
    ("log", "show the log of a build"),
    ("nar cat", "print a file in a NAR"),
    ("nar ls", "list what is in a NAR"),
    ("nar pack", "make a NAR of a path"),
    ("path-info", "show what is known of store paths"),
    (
        "print-dev-env",
        "print what a shell reads to have the environment of a build",
    ),
    ("profile add", "install packages in a profile"),
    (
        "profile diff-closures",
        "show how the closures of the versions of a profile differ",
    ),
    (
        "profile history",
        "show what each version of a profile changed",
    ),
    ("profile list", "list what is installed in a profile"),
    ("profile remove", "remove packages from a profile"),
    (
        "profile rollback",
        "go back to an earlier version of a profile",
    ),
    (
        "profile upgrade",
        "install the newest of what is installed from flakes",
    ),
    (
        "profile wipe-history",
        "delete the versions of a profile that are not current",
    ),
    ("registry add", "add a flake to the user's registry"),
    ("registry list", "list the flakes of the registries"),
    (
        "registry pin",
        "pin a flake of the registry to what it is now",
    ),
    ("registry remove", "remove a flake from the user's registry"),
    ("registry resolve", "show what a name of the registry means"),
    ("repl", "evaluate expressions line by line"),
    ("run", "run an app"),
    ("search", "search for packages"),
    ("shell", "run a shell in which packages are available"),
    ("store add", "add a file or directory to the store"),
    ("store cat", "print a file in a store"),
    ("store copy-log", "copy build logs between stores"),
    ("store copy-sigs", "copy signatures from other stores"),
    ("store delete", "delete paths from the store"),
    ("store diff-closures", "show how two closures differ"),
    ("store dump-path", "make a NAR of a store path"),
    ("store gc", "delete what nothing needs any more"),
    ("store info", "test whether a store can be reached"),
    ("store ls", "show what is in a store path"),
    (
        "store make-content-addressed",
        "give closures names by their contents",
    ),
    ("store optimise", "replace identical files by hard links"),
    ("store path-from-hash-part", "find a store path by its hash"),
    ("store prefetch-file", "fetch a file to the store"),
    ("store repair", "repair store paths"),
    ("store sign", "sign store paths with a key"),
    (
        "store verify",
        "check that store paths are what was registered",
    ),
    (
        "upgrade-nix",
        "upgrade Nix; this program is upgraded as it was installed",
    ),
    ("why-depends", "show why one package needs another"),
];

/// Groups of commands, with what they are for.
const GROUPS: &[(&str, &str)] = &[
    ("config", "work with the settings"),
    ("derivation", "work with store derivations"),
    ("flake", "work with flakes"),
    ("formatter", "build or run the formatter"),
    ("hash", "compute and convert hashes"),
    ("key", "make keys for signing"),
    ("nar", "make and look into NARs"),
    ("profile", "install packages one by one"),
    ("registry", "work with the registries of flakes"),
    ("store", "work with a store"),
];

/// Prints what the command is for that the words name, or all commands when they name none.
pub fn print(words: &[String]) -> Result<(), Failed> {
    let begins = |name: &str| {
        let mut words = words.iter();
        name.split(' ')
            .all(|part| words.next().is_some_and(|word| word == part))
    };
    if let Some((name, purpose)) = COMMANDS.iter().find(|(name, _)| begins(name)) {
        return print_lines([
            format!("nix {name} - {purpose}"),
            String::new(),
            format!("Usage: nix {name} [OPTION]... [ARGUMENT]..."),
        ]);
    }
    let mut lines = Vec::new();
    let mut prefix = "";
    if let Some((group, purpose)) = GROUPS.iter().find(|(group, _)| begins(group)) {
        lines.push(format!("nix {group} - {purpose}"));
        prefix = group;
    } else if let Some(word) = words.first() {
        return Err(Failure::new(format!("'{word}' is not a recognised command")).into());
    } else {
        lines.push("nix - a tool for reproducible and declarative builds".to_owned());
    }
    lines.push(String::new());
    lines.push("Commands:".to_owned());
    let of_group = COMMANDS
        .iter()
        .filter(|(name, _)| prefix.is_empty() || name.split(' ').next() == Some(prefix));
    for (name, purpose) in of_group {
        lines.push(format!("  nix {name:<30} {purpose}"));
    }
    print_lines(lines)
}

/// Shows the manual of one of the older commands, which is a page for `man`.
pub fn manual(command: &str) -> Failed {
    let error = Command::new("man").arg(command).exec();
    if error.kind() == std::io::ErrorKind::NotFound {
        return Failure::new(format!(
            "The 'man' command was not found, but it is needed for '{command}' and some other \
             'nix-*' commands' help text. Perhaps you could install the 'man' command?"
        ))
        .into();
    }
    Failure::new(format!("command 'man {command}' failed: {error}")).into()
}
