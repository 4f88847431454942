//! `nix store make-content-addressed`

use std::ffi::OsString;

use nix_store::store::make_content_addressed;
use serde_json::{Map, Value, json};

use super::command::{Command, Flag, OBJECTS, run as run_command};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::applets::tool::print_lines;
use crate::environment::Environment;

const FLAGS: &[Flag] = &[
    Flag::value(&["--from"]),
    Flag::value(&["--to"]),
    Flag::switch(&["--json"]),
];

/// Rewrites objects so that their paths follow from what is in them.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[FLAGS, OBJECTS], attempt)
}

fn attempt(command: &Command<'_>) -> Result<(), Failed> {
    let ends = command.ends()?;
    let (source, target) = (ends.source(), ends.target());
    target.connect()?;
    let objects = command.objects(source, false)?;
    let verbose = command.tool.options.verbosity > 0;
    let renamed = make_content_addressed(source, target, &objects, &mut |old, new| {
        if verbose {
            plain(&format!(
                "rewriting '{}' to '{}'",
                source.store_dir().print(old),
                target.store_dir().print(new)
            ));
        }
    })?;
    let wanted = objects.iter().filter_map(|old| {
        let new = renamed.get(old)?;
        Some((source.store_dir().print(old), target.store_dir().print(new)))
    });
    if command.has("--json") {
        let rewrites: Map<String, Value> =
            wanted.map(|(old, new)| (old, Value::String(new))).collect();
        return print_lines([json!({ "rewrites": rewrites }).to_string()]);
    }
    for (old, new) in wanted {
        plain(&format!("rewrote '{old}' to '{new}'"));
    }
    Ok(())
}
