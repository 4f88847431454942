//! `nix`: finds the command that its first words name.

use std::ffi::OsString;

use super::configuration::{Configuration, feature_disabled};
use super::engine::plain;
use super::evaluate::{Failed, conclude, print_version};
use super::options::{Options, Word, Words, usage};
use super::{
    Applet, completion, flakes, help, nix_config, nix_daemon, nix_eval, nix_hash, profile, repl,
    shebang, store_commands, stores,
};
use crate::environment::Environment;

/// Commands, by the words that name them.
pub type Commands = &'static [(&'static [&'static str], Applet)];

/// All commands of `nix`.
pub const COMMANDS: &[Commands] = &[
    flakes::COMMANDS,
    nix_config::COMMANDS,
    nix_daemon::COMMANDS,
    nix_eval::COMMANDS,
    nix_hash::COMMANDS,
    profile::COMMANDS,
    repl::COMMANDS,
    store_commands::COMMANDS,
    stores::COMMANDS,
];

/// Runs a command of `nix`.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    if let Some(position) = completion::position(environment) {
        return conclude(|| completion::run(words, position, environment));
    }
    match shebang::read(&words, environment) {
        Ok(None) => {}
        Ok(Some(script)) => {
            let mut environment = environment.clone();
            environment.directory = script.directory;
            return run_command(script.words, &environment);
        }
        Err(failure) => return conclude(|| Err(failure.into())),
    }
    run_command(words, environment)
}

fn run_command(words: Vec<OsString>, environment: &Environment) -> u8 {
    if asks_for_help(&words) {
        return conclude(|| show_help(words, environment));
    }
    match find(&words) {
        Some((command, rest)) => command(rest, environment),
        None => conclude(|| without_command(words, environment)),
    }
}

/// Whether `--help` is among the options, and not among what a command is to be run with.
fn asks_for_help(words: &[OsString]) -> bool {
    words
        .iter()
        .take_while(|word| *word != "--" && *word != "-c" && *word != "--command")
        .any(|word| word == "--help")
}

/// Prints what there is to say of the command that the words name, or of all.
fn show_help(words: Vec<OsString>, environment: &Environment) -> Result<(), Failed> {
    let words: Vec<OsString> = words.into_iter().filter(|word| word != "--help").collect();
    let mut options = Options::default();
    let mut names = Vec::new();
    let mut gated = false;
    let mut words = Words::new(words);
    while let Some(word) = words.next_word() {
        match word {
            Word::Argument(name) => names.push(name),
            Word::Flag(flag) => {
                gated |= matches!(
                    flag.as_str(),
                    "-L" | "--print-build-logs" | "--offline" | "--refresh"
                );
                // Options of the command itself say nothing here.
                options.take(&flag, &mut words)?;
            }
        }
    }
    let configuration = Configuration::read(&options, environment)?;
    if gated && configuration.lacks("nix-command") {
        return Err(feature_disabled("nix-command").into());
    }
    help::print(&names)
}

/// `nix --version`, or nothing that means anything.
fn without_command(words: Vec<OsString>, environment: &Environment) -> Result<(), Failed> {
    let mut options = Options::default();
    let mut version = false;
    let mut words = Words::new(words);
    while let Some(word) = words.next_word() {
        match word {
            Word::Flag(flag) if flag == "--version" => version = true,
            Word::Flag(flag) if options.take(&flag, &mut words)? => {}
            Word::Flag(flag) => {
                return Err(usage(format!(
                    "unrecognised flag '{flag}'\nTry 'nix --help' for more information."
                ))
                .into());
            }
            Word::Argument(name) if name == "upgrade-nix" => {
                return Err(usage("this program is upgraded as it was installed").into());
            }
            Word::Argument(name) => {
                plain(&format!("error: '{name}' is not a recognised command"));
                plain("Try 'nix --help' for more information.");
                return Err(Failed::silent(1));
            }
        }
    }
    if version {
        return print_version("nix", &options, environment);
    }
    plain("error: no subcommand specified");
    plain("Try 'nix --help' for more information.");
    Err(Failed::silent(1))
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
