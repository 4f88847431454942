//! What the commands of `nix` work on, and their own options.

use crate::applets::configuration::{Kind, Setting};
use crate::applets::flakes::{COMMON, ENVIRONMENT_FLAGS, Flag};

/// What a command works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arguments {
    /// Installables, as many as are wanted.
    Installables,
    /// One installable, and after it what is not known here.
    Installable,
    /// A flake.
    Flake,
    /// Names of inputs of a flake.
    Inputs,
    /// Files.
    Files,
    /// Something else, or nothing.
    Other,
}

use Arguments::{Files, Flake, Inputs, Installable, Installables, Other};

/// A command: the words that name it, what it works on, its own options.
type Entry = (&'static [&'static str], Arguments, &'static [Flag]);

const ALL_SYSTEMS: Flag = Flag::new("all-systems", 0);
const BUILD: &[Flag] = &[
    OUT_LINK,
    NO_LINK,
    PROFILE,
    DRY_RUN,
    Flag::new("print-out-paths", 0),
    Flag::new("rebuild", 0),
];
const COPY: &[Flag] = &[FROM, TO, RECURSIVE, NO_CHECK_SIGS];
const DRY_RUN: Flag = Flag::new("dry-run", 0);
const FROM: Flag = Flag::new("from", 1);
const NO_CHECK_SIGS: Flag = Flag::new("no-check-sigs", 0);
const NO_LINK: Flag = Flag::new("no-link", 0);
const OUT_LINK: Flag = Flag::short("out-link", 'o', 1);
const PROFILE: Flag = Flag::new("profile", 1);
const RECURSIVE: Flag = Flag::short("recursive", 'r', 0);
const REGISTRY: &[Flag] = &[Flag::new("registry", 1)];
const REMOVED: &[Flag] = &[PROFILE, Flag::new("all", 0), Flag::new("regex", 1)];
const TEMPLATE: &[Flag] = &[Flag::short("template", 't', 1)];
const TO: Flag = Flag::new("to", 1);

/// The commands of which there is something to say.
const ENTRIES: &[Entry] = &[
    (&["build"], Installables, BUILD),
    (
        &["bundle"],
        Installable,
        &[Flag::new("bundler", 1), OUT_LINK],
    ),
    (&["copy"], Installables, COPY),
    (&["derivation", "show"], Installables, &[RECURSIVE]),
    (&["develop"], Installable, &ENVIRONMENT_FLAGS),
    (&["edit"], Installable, &[]),
    (
        &["eval"],
        Installable,
        &[
            Flag::new("raw", 0),
            Flag::new("apply", 1),
            Flag::new("write-to", 1),
            Flag::new("read-only", 0),
        ],
    ),
    (&["flake", "archive"], Flake, &[TO, DRY_RUN, NO_CHECK_SIGS]),
    (
        &["flake", "check"],
        Flake,
        &[Flag::new("no-build", 0), ALL_SYSTEMS],
    ),
    (&["flake", "clone"], Flake, &[Flag::short("dest", 'f', 1)]),
    (&["flake", "info"], Flake, &[]),
    (&["flake", "init"], Other, TEMPLATE),
    (&["flake", "lock"], Flake, &[]),
    (&["flake", "metadata"], Flake, &[]),
    (&["flake", "new"], Files, TEMPLATE),
    (&["flake", "prefetch"], Flake, &[]),
    (&["flake", "prefetch-inputs"], Flake, &[]),
    (
        &["flake", "show"],
        Flake,
        &[Flag::new("legacy", 0), ALL_SYSTEMS],
    ),
    (&["flake", "update"], Inputs, &[Flag::new("flake", 1)]),
    (&["formatter", "build"], Other, &[OUT_LINK, NO_LINK]),
    (&["hash", "file"], Files, &[]),
    (&["hash", "path"], Files, &[]),
    (&["log"], Installables, &[]),
    (&["nar", "cat"], Files, &[]),
    (&["nar", "ls"], Files, &[RECURSIVE]),
    (&["nar", "pack"], Files, &[]),
    (&["path-info"], Installables, &[RECURSIVE]),
    (&["print-dev-env"], Installable, &[PROFILE]),
    (
        &["profile", "add"],
        Installables,
        &[PROFILE, Flag::new("priority", 1)],
    ),
    (&["profile", "diff-closures"], Other, &[PROFILE]),
    (&["profile", "history"], Other, &[PROFILE]),
    (
        &["profile", "install"],
        Installables,
        &[PROFILE, Flag::new("priority", 1)],
    ),
    (&["profile", "list"], Other, &[PROFILE]),
    (&["profile", "remove"], Other, REMOVED),
    (&["profile", "rollback"], Other, &[PROFILE, DRY_RUN, TO]),
    (&["profile", "upgrade"], Other, REMOVED),
    (
        &["profile", "wipe-history"],
        Other,
        &[PROFILE, DRY_RUN, Flag::new("older-than", 1)],
    ),
    (&["registry", "add"], Flake, REGISTRY),
    (&["registry", "pin"], Flake, REGISTRY),
    (&["registry", "remove"], Flake, REGISTRY),
    (&["registry", "resolve"], Flake, &[]),
    (&["repl"], Installables, &[]),
    (&["run"], Installable, &ENVIRONMENT_FLAGS),
    (&["search"], Installable, &[Flag::short("exclude", 'e', 1)]),
    (&["shell"], Installables, &ENVIRONMENT_FLAGS),
    (&["store", "add"], Files, &[Flag::short("name", 'n', 1)]),
    (
        &["store", "delete"],
        Installables,
        &[Flag::new("ignore-liveness", 0), RECURSIVE],
    ),
    (&["store", "diff-closures"], Installables, &[]),
    (&["store", "gc"], Other, &[DRY_RUN, Flag::new("max", 1)]),
    (&["store", "repair"], Installables, &[]),
    (&["store", "sign"], Installables, &[RECURSIVE]),
    (&["store", "verify"], Installables, &[RECURSIVE]),
    (
        &["why-depends"],
        Installables,
        &[Flag::short("all", 'a', 0), Flag::new("precise", 0)],
    ),
];

fn entry(names: &[String]) -> Option<&'static Entry> {
    ENTRIES.iter().find(|(words, ..)| *words == names)
}

/// What the command of this name works on.
pub fn arguments(names: &[String]) -> Arguments {
    entry(names).map_or(Other, |(_, arguments, _)| *arguments)
}

/// The options of the command of this name, its own first.
pub fn flags(names: &[String]) -> impl Iterator<Item = &'static Flag> {
    let own = entry(names).map_or(&[][..], |(.., flags)| flags);
    own.iter().chain(COMMON)
}

/// The option that is written so.
pub fn find_flag(word: &str, names: &[String]) -> Option<&'static Flag> {
    let mut flags = flags(names);
    match word.strip_prefix("--") {
        Some(name) => flags.find(|flag| flag.name == name),
        None => flags.find(|flag| {
            let mut letters = word.chars().skip(1);
            flag.letter == letters.next() && letters.next().is_none()
        }),
    }
}

/// How many values follow a setting that is given as an option.
pub fn find_setting_values(word: &str) -> usize {
    let setting = word.strip_prefix("--").and_then(Setting::find);
    setting.map_or(0, |(setting, _)| match setting.kind {
        Kind::Switch | Kind::Mode => 0,
        _ => 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::applets::nix::COMMANDS;

    #[test]
    fn all_entries_are_commands() {
        for (names, ..) in ENTRIES {
            let is_command = COMMANDS
                .iter()
                .copied()
                .flatten()
                .any(|(words, _)| words == names);
            assert!(is_command, "{names:?}");
        }
    }
}
