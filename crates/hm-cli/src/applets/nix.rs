//! `nix`: finds the command that its first words name.

use std::ffi::OsString;

use super::engine::plain;
use super::tool::print_version;
use super::{Applet, flakes, nix_config, nix_eval, nix_hash, store_commands, stores};
use crate::environment::Environment;

/// Commands, by the words that name them.
type Commands = &'static [(&'static [&'static str], Applet)];

/// All commands of `nix`.
const COMMANDS: &[Commands] = &[
    flakes::COMMANDS,
    nix_config::COMMANDS,
    nix_eval::COMMANDS,
    nix_hash::COMMANDS,
    store_commands::COMMANDS,
    stores::COMMANDS,
];

/// Runs a command of `nix`.
#[expect(clippy::needless_pass_by_value, reason = "all applets have this type")]
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    if words.first().is_some_and(|word| word == "--version") {
        return u8::from(print_version("nix").is_err());
    }
    match find(&words) {
        Some((command, rest)) => command(rest, environment),
        None => {
            let name = words.first().map(|word| word.to_string_lossy());
            plain(&match name {
                Some(name) => format!(
                    "error: '{name}' is not a recognised command\nTry 'nix --help' for more \
                     information."
                ),
                None => "error: no subcommand specified\nTry 'nix --help' for more information."
                    .to_owned(),
            });
            1
        }
    }
}

/// The command that these words begin with, perhaps after options.
fn find(words: &[OsString]) -> Option<(Applet, Vec<OsString>)> {
    let place = |names: &[&str]| {
        words
            .windows(names.len())
            .position(|window| window.iter().zip(names).all(|(word, name)| word == name))
    };
    let (start, (names, command)) = COMMANDS
        .iter()
        .copied()
        .flatten()
        .filter_map(|entry| Some((place(entry.0)?, entry)))
        .min_by_key(|(start, _)| *start)?;
    let mut rest = words.to_vec();
    rest.drain(start..start + names.len());
    Some((*command, rest))
}
