//! `nix edit`

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use nix_eval::{Coercion, EvalError};

use super::app::{package_defaults, package_prefixes, start};
use super::session::{FlakeSession, finish};
use crate::applets::evaluate::Failed;
use crate::environment::Environment;
use crate::report::Failure;

/// Editors that are told the line.
const KNOW_LINES: &[&str] = &["emacs", "nano", "vim", "kak"];

/// Opens the file that a package is written in.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, &[], |session| {
        let (file, line) = place(session)?;
        let editor = environment
            .text("EDITOR")
            .unwrap_or_else(|| "cat".to_owned());
        let mut words = editor.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or("cat"));
        command.args(words);
        if KNOW_LINES.iter().any(|name| editor.contains(name)) {
            command.arg(format!("+{line}"));
        }
        command.arg(file);
        Err(start(&mut command))
    })
}

/// The file and line that the attribute `meta.position` names.
fn place(session: &FlakeSession) -> Result<(PathBuf, u32), Failed> {
    let text = session.arguments.one()?.unwrap_or(".");
    let prefixes = package_prefixes(session);
    let defaults = package_defaults(session);
    let found = session.installable(text, &prefixes, &defaults)?;
    let evaluator = &session.evaluator;
    let look = || -> Result<Option<String>, Box<EvalError>> {
        let what = "while evaluating the 'meta.position' attribute of a derivation";
        let attrs = evaluator.force_attrs(found.value, what)?;
        let Some(meta) = evaluator.attr_named(attrs, b"meta") else {
            return Ok(None);
        };
        let meta = evaluator.force_attrs(meta, what)?;
        let Some(position) = evaluator.attr_named(meta, b"position") else {
            return Ok(None);
        };
        let (text, _) = evaluator.coerce_to_string(position, Coercion::PLAIN, what)?;
        Ok(Some(String::from_utf8_lossy(&text).into_owned()))
    };
    let position = look().map_err(|error| session.evaluation_failed(&error))?;
    let position = position
        .ok_or_else(|| Failure::new(format!("cannot find position information for '{text}'")))?;
    let (file, line) = position
        .rsplit_once(':')
        .and_then(|(file, line)| Some((file, line.parse().ok()?)))
        .ok_or_else(|| {
            Failure::new(format!(
                "cannot parse 'meta.position' attribute '{position}'"
            ))
        })?;
    // What was copied to the store is edited where it is from.
    for (stored, directory) in session.engine.flakes().fetcher.own_trees() {
        if let Some(inner) = file.strip_prefix(&format!("{stored}/")) {
            return Ok((directory.join(inner), line));
        }
    }
    Ok((PathBuf::from(file), line))
}
