//! The program that wants to know of what was built (`post-build-hook`).

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use nix_wire::StorePath;

use super::BuildError;
use super::run::Surroundings;

/// Runs it, if there is one, for the outputs of a derivation. What it says is in the build's log.
pub(super) fn run(
    surroundings: &Surroundings<'_>,
    derivation: &StorePath,
    built: &BTreeMap<String, StorePath>,
) -> Result<(), BuildError> {
    let Surroundings {
        store,
        options,
        observer,
        ..
    } = surroundings;
    let Some(hook) = &options.post_build_hook else {
        return Ok(());
    };
    let layout = store.layout();
    let paths: Vec<String> = built.values().map(|path| layout.print(path)).collect();
    let failed = |reason: &dyn std::fmt::Display| {
        BuildError::Other(format!("program '{}' {reason}", hook.display()))
    };
    let output = Command::new(hook)
        .env("DRV_PATH", layout.print(derivation))
        .env("OUT_PATHS", paths.join(" "))
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failed(&format!("could not be started: {error}")))?;
    let lines = output.stdout.split(|byte| *byte == b'\n');
    for line in lines.chain(output.stderr.split(|byte| *byte == b'\n')) {
        if !line.is_empty() {
            let line = [b"post-build-hook: ", line].concat();
            observer.log_line(derivation, &line);
        }
    }
    if output.status.success() {
        Ok(())
    } else {
        Err(failed(&format!("failed: {}", output.status)))
    }
}
