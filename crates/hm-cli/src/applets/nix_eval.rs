//! `nix eval`: evaluates a file, an expression or an output of a flake, and prints the value.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix_eval::{Coercion, EvalError, Evaluator, Value, View};
use nix_flake::installable::{candidate_paths, package_defaults, package_prefixes};

use super::evaluate::Failed;
use super::flakes::{Flag, FlakeSession, finish};
use super::installable::refuse_pure;
use super::statistics;
use crate::environment::Environment;
use crate::report::Failure;
use crate::terminal;
use crate::values;

/// The command, by the words that name it after `nix`.
pub const COMMANDS: &[(&[&str], super::Applet)] = &[(&["eval"], run)];

const FLAGS: &[Flag] = &[
    Flag::new("raw", 0),
    Flag::new("apply", 1),
    Flag::new("write-to", 1),
    Flag::new("read-only", 0),
    Flag::new("arg-from-file", 2),
    Flag::new("arg-from-stdin", 1),
];

fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, FLAGS, |session| {
        let result = attempt(session);
        statistics::show(&session.evaluator, &session.environment)?;
        result
    })
}

fn attempt(session: &FlakeSession) -> Result<(), Failed> {
    let arguments = &session.arguments;
    let evaluator = &session.evaluator;
    let failed = |error: Box<EvalError>| session.evaluation_failed(&error);
    let (raw, json) = (arguments.has("raw"), arguments.has("json"));
    if raw && json {
        return Err(Failure::new("--raw and --json are mutually exclusive").into());
    }
    if let Some(text) = in_place(session) {
        return print(&text, raw);
    }
    let mut value = find(session)?;
    if let Some(text) = arguments.value("apply") {
        let base = &session.environment.directory;
        value = evaluator
            .eval_string(text.as_bytes(), base)
            .and_then(|function| evaluator.call(function, &[value]))
            .map_err(failed)?;
    }
    if let Some(target) = arguments.value("write-to") {
        let target = session.environment.directory.join(target);
        if target.symlink_metadata().is_ok() {
            return Err(Failure::new(format!("path '{}' already exists", target.display())).into());
        }
        return write_tree(session, value, &target);
    }
    let mut text = shown(evaluator, value, raw, json).map_err(failed)?;
    if json {
        text = pretty(session, text)?;
    }
    print(&text, raw)
}

/// Writes the text of a value: a string that is wanted raw as it is.
fn print(text: &[u8], raw: bool) -> Result<(), Failed> {
    let written = match raw {
        true => terminal::stdout().write_all(text),
        false => terminal::print_value(text),
    };
    written.map_err(|error| Failed::from(Failure::from(error)))
}

/// A value as it is printed.
fn shown(
    evaluator: &Evaluator,
    value: Value,
    raw: bool,
    json: bool,
) -> Result<Vec<u8>, Box<EvalError>> {
    if raw {
        let what = "while generating the eval command output";
        let (text, _) = evaluator.coerce_to_string(value, Coercion::INTERPOLATION, what)?;
        return Ok(text.into_owned());
    }
    if json {
        return values::to_shown_json(evaluator, value);
    }
    let mut text = evaluator.print_evaluated(value)?;
    text.push('\n');
    Ok(text.into_bytes())
}

/// What is printed of an output of a flake whose source need not be in the store for it.
fn in_place(session: &FlakeSession) -> Option<Vec<u8>> {
    let arguments = &session.arguments;
    let others = ["file", "expr", "write-to", "stdin", "arg", "argstr"];
    if others.iter().any(|name| arguments.has(name)) {
        return None;
    }
    let installable = arguments.one().ok()?.unwrap_or(".");
    let system = session.system();
    let (prefixes, defaults) = (package_prefixes(system), package_defaults(system));
    let base = session.environment.directory.clone();
    let json = arguments.has("json");
    let text = session.evaluate_in_place(
        installable,
        &|fragment| candidate_paths(fragment, &prefixes, &defaults),
        &|evaluator, mut value| {
            if let Some(text) = arguments.value("apply") {
                let function = evaluator.eval_string(text.as_bytes(), &base)?;
                value = evaluator.call(function, &[value])?;
            }
            shown(evaluator, value, arguments.has("raw"), json)
        },
    )?;
    match json {
        true => pretty(session, text).ok(),
        false => Some(text),
    }
}

/// JSON in one line, unless a person reads it.
fn pretty(session: &FlakeSession, mut text: Vec<u8>) -> Result<Vec<u8>, Failed> {
    let arguments = &session.arguments;
    let is_pretty =
        arguments.has("pretty") || (!arguments.has("no-pretty") && std::io::stdout().is_terminal());
    if is_pretty {
        let value: serde_json::Value =
            serde_json::from_slice(&text).map_err(|error| Failure::new(error.to_string()))?;
        text = format!("{value:#}").into_bytes();
    }
    text.push(b'\n');
    Ok(text)
}

/// The value that the command line names.
fn find(session: &FlakeSession) -> Result<Value, Failed> {
    let installable = session.arguments.one()?;
    if session.arguments.has("file") {
        refuse_pure(&session.arguments.settings)?;
    }
    if let Some(found) = session.expression(installable)? {
        return Ok(found.value);
    }
    let system = session.system();
    let (prefixes, defaults) = (package_prefixes(system), package_defaults(system));
    let (_, output) = session.output(installable.unwrap_or("."), &prefixes, &defaults)?;
    Ok(output.value)
}

/// `--write-to`: strings become files, sets directories.
fn write_tree(session: &FlakeSession, value: Value, path: &Path) -> Result<(), Failed> {
    let evaluator = &session.evaluator;
    let failed = |error: Box<EvalError>| session.evaluation_failed(&error);
    match evaluator.force_view(value).map_err(failed)? {
        View::String(text) => {
            std::fs::write(path, text.bytes).map_err(|error| Failure::io("write", path, &error))?;
        }
        View::Attrs(attrs) => {
            std::fs::create_dir(path).map_err(|error| Failure::io("create", path, &error))?;
            for attr in evaluator.attrs_by_name(attrs) {
                let name = evaluator.symbol_text(attr.name);
                if matches!(name, b"" | b"." | b"..") || name.contains(&b'/') {
                    let name = String::from_utf8_lossy(name);
                    return Err(Failure::new(format!("invalid file name '{name}'")).into());
                }
                let name = Path::new(std::ffi::OsStr::from_bytes(name));
                write_tree(session, attr.value, &path.join(name))?;
            }
        }
        _ => {
            let message = format!(
                "value at '{}' is not a string or an attribute set",
                path.display()
            );
            return Err(Failure::new(message).into());
        }
    }
    Ok(())
}
