//! `nix doctor`

use std::collections::BTreeSet;
use std::ffi::OsString;

use super::command::run as run_command;
use crate::applets::evaluate::Failed;
use crate::applets::tool::print_lines;
use crate::environment::Environment;

/// Looks whether the search path and the store are as they should be.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[], |command| {
        let mut lines = vec![format!(
            "Running checks against store uri: {}",
            command.with_store(|store| Ok(store.uri()))?
        )];
        let places: BTreeSet<_> =
            std::env::split_paths(environment.variable("PATH").unwrap_or_default())
                .filter_map(|directory| directory.join("nix-env").canonicalize().ok())
                .collect();
        let mut is_good = true;
        if places.len() > 1 {
            is_good = false;
            lines.push("[FAIL] Multiple versions of nix found in PATH:".to_owned());
            lines.extend(places.iter().map(|place| format!("  {}", place.display())));
        } else {
            lines.push("[PASS] PATH contains only one nix version.".to_owned());
        }
        let trusted = command.with_store(|store| {
            store.connect()?;
            Ok(store.trusts_us()?)
        })?;
        lines.push("[PASS] The store can be reached.".to_owned());
        let uri = command.with_store(|store| Ok(store.uri()))?;
        lines.push(match trusted {
            Some(true) => format!("[INFO] You are trusted by store: {uri}"),
            Some(false) => format!("[INFO] You are not trusted by store: {uri}"),
            None => format!("[INFO] The store {uri} doesn't have a notion of trusted user"),
        });
        print_lines(lines)?;
        if is_good {
            Ok(())
        } else {
            Err(Failed::silent(2))
        }
    })
}
