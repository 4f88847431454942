//! `nix store copy-log`

use std::collections::BTreeSet;
use std::ffi::OsString;

use nix_wire::StorePath;

use super::command::{Command, Flag, OBJECTS, run as run_command};
use crate::applets::evaluate::Failed;
use crate::environment::Environment;
use crate::report::Failure;

/// Copies the logs of builds from one store to another.
pub fn copy(words: Vec<OsString>, environment: &Environment) -> u8 {
    let flags = &[Flag::value(&["--from"]), Flag::value(&["--to"])];
    run_command(words, environment, &[flags, OBJECTS], |command| {
        let ends = command.required_ends()?;
        let (source, target) = (ends.source(), ends.target());
        for derivation in derivations(command)? {
            let path = source.store_dir().print(&derivation);
            let log = source
                .build_log(&derivation)?
                .ok_or_else(|| Failure::new(format!("build log for '{path}' is not available")))?;
            target.add_build_log(&derivation, &log)?;
        }
        Ok(())
    })
}

/// The derivations of the arguments, or of what they made.
fn derivations(command: &Command<'_>) -> Result<BTreeSet<StorePath>, Failed> {
    command
        .named(command.tool.store())?
        .iter()
        .map(|object| command.tool.deriver_of(object))
        .collect()
}
