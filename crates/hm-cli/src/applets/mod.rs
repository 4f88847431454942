//! Nix's own tools, as far as scripts and tests call them.
//!
//! An applet runs when the program has its name, or as `home-manager NAME …`. It speaks as Nix
//! does, errors included.

mod arguments;
mod collect;
mod completion;
pub mod configuration;
mod engine;
mod evaluate;
pub mod evaluation;
pub mod flakes;
mod generations;
mod help;
mod installable;
mod modulo;
mod nix;
mod nix_build;
mod nix_channel;
mod nix_collect_garbage;
mod nix_config;
mod nix_copy_closure;
mod nix_daemon;
pub mod nix_env;
mod nix_eval;
mod nix_hash;
mod nix_instantiate;
mod nix_shell;
mod nix_store;
pub mod options;
mod package;
mod profile;
mod repl;
mod selection;
mod shebang;
mod statistics;
mod store_commands;
mod stores;
mod tool;
mod upkeep;

use std::ffi::OsString;
use std::path::Path;

use crate::environment::Environment;

/// Runs an applet. Its arguments and surroundings, and what it exits with.
type Applet = fn(Vec<OsString>, &Environment) -> u8;

const APPLETS: &[(&str, Applet)] = &[
    ("nix-instantiate", nix_instantiate::run),
    ("nix-build", nix_build::run),
    ("nix", nix::run),
    ("nix-prefetch-url", stores::prefetch::run_old),
    ("nix-hash", nix_hash::run),
    ("nix-shell", nix_shell::run),
    ("nix-store", nix_store::run),
    ("nix-env", nix_env::run),
    ("nix-daemon", nix_daemon::run),
    ("nix-channel", nix_channel::run),
    ("nix-copy-closure", nix_copy_closure::run),
    ("nix-collect-garbage", nix_collect_garbage::run),
];

/// What the applets are called.
pub fn names() -> impl Iterator<Item = &'static str> {
    APPLETS.iter().map(|(name, _)| *name)
}

/// The applet that a command line asks for, with its arguments.
pub fn find(words: &[OsString]) -> Option<(Applet, Vec<OsString>)> {
    let named = |word: &OsString| {
        let name = Path::new(word).file_name()?;
        APPLETS
            .iter()
            .find(|(applet, _)| name == *applet)
            .map(|(_, run)| *run)
    };
    if let Some(run) = words.first().and_then(named) {
        return Some((run, words[1..].to_vec()));
    }
    let run = words.get(1).and_then(named)?;
    Some((run, words[2..].to_vec()))
}
