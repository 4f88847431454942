//! `nix flake lock` and `nix flake update`

use std::collections::BTreeSet;
use std::ffi::OsString;

use nix_flake::lock::InputPath;

use super::arguments::Flag;
use super::session::{FlakeSession, finish};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::environment::Environment;

/// Locks what is not locked yet.
pub fn lock(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, &[], |session| {
        let reference = session.arguments.one()?.unwrap_or(".");
        let mut options = session.flake_options();
        options.fail_on_unlocked = true;
        // An override is what was asked for, so it is written.
        options.no_write = false;
        options.ask_servers = true;
        session.flake_with(reference, &options).map(|_| ())
    })
}

/// Locks all inputs anew, or those that are named.
pub fn update(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, &[Flag::new("flake", 1)], attempt_update)
}

fn attempt_update(session: &FlakeSession) -> Result<(), Failed> {
    let reference = session.arguments.value("flake").unwrap_or(".");
    let mut options = session.flake_options();
    let mut seen = BTreeSet::new();
    for input in &session.arguments.rest {
        let is_path = InputPath::parse(input).is_ok_and(|path| !path.is_root());
        if !is_path {
            plain(&format!(
                "warning: Invalid flake input '{input}'. To update a specific flake, use \
                 'nix flake update --flake {input}' instead."
            ));
        }
        let path = InputPath::parse(input)
            .map_err(|error| session.flake_failed(nix_flake::FlakeError::from(error)))?;
        if path.is_root() {
            return Err(super::arguments::usage(
                "input path to be updated cannot be zero-length; it would refer to the flake \
                 itself, not an input",
            )
            .into());
        }
        if !seen.insert(path.clone()) {
            plain(&format!(
                "warning: Input '{path}' was specified multiple times. You may have done this by \
                 accident."
            ));
        }
        options.updates.push(input.clone());
    }
    options.recreate = options.updates.is_empty();
    options.no_write = false;
    options.ask_servers = true;
    session.flake_with(reference, &options).map(|_| ())
}
