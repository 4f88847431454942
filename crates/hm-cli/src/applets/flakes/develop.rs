//! `nix develop` and `nix print-dev-env`

use std::ffi::OsString;
use std::path::PathBuf;

use nix_flake::installable::{candidate_paths, find_output};
use nix_wire::StorePath;

use super::app::{in_its_place, named_object, package_defaults, package_prefixes, start};
use super::environment::BuildEnvironment;
use super::session::{FlakeSession, finish};
use super::shell::{ENVIRONMENT_FLAGS, adjust, check_environment_flags};
use crate::applets::evaluate::Failed;
use crate::environment::Environment;
use crate::in_store;
use crate::report::Failure;
use crate::shell_words::quoted;

/// Starts a shell in which a derivation can be built by hand.
pub fn develop(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, &ENVIRONMENT_FLAGS, |session| {
        check_environment_flags(session)?;
        let path = derivation(session)?;
        let environment = BuildEnvironment::of(session, &path)?;
        Err(start_developing(session, &environment))
    })
}

/// Prints what a shell reads to have the environment of a derivation's builder.
pub fn print(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, &[], |session| {
        let path = derivation(session)?;
        let environment = BuildEnvironment::of(session, &path)?;
        if session.arguments.has("json") {
            return session.print_json(&environment.json);
        }
        session.print(environment.script().trim_end())
    })
}

/// The derivation that is meant.
fn derivation(session: &FlakeSession) -> Result<StorePath, Failed> {
    let reference = session.arguments.one()?.unwrap_or(".");
    if !session.has_expression()
        && let Some(path) = stored(session, reference)
    {
        return Ok(path);
    }
    let system = session.system();
    let mut prefixes = vec![format!("devShells.{system}.")];
    prefixes.extend(package_prefixes(session));
    let mut defaults = vec![
        format!("devShells.{system}.default"),
        format!("devShell.{system}"),
    ];
    defaults.extend(package_defaults(session));
    let found = session.installable(reference, &prefixes, &defaults)?;
    let (path, _) = session
        .engine
        .derivation_of(&session.evaluator, found.value)
        .map_err(|error| session.failed(error))?;
    Ok(path)
}

/// The store derivation that a path names.
fn stored(session: &FlakeSession, text: &str) -> Option<StorePath> {
    let (path, _) = text.split_once('^').unwrap_or((text, ""));
    named_object(session, path).filter(StorePath::is_derivation)
}

/// Becomes a `bash` with an environment.
fn start_developing(session: &FlakeSession, environment: &BuildEnvironment) -> Failed {
    let bash = match bash_of_inputs(session) {
        Ok(bash) => bash,
        Err(failed) => {
            crate::applets::engine::plain(&failed.text);
            None
        }
    };
    let file = match script(session, environment) {
        Ok(file) => file,
        Err(failed) => return failed,
    };
    let program = bash.clone().unwrap_or_else(|| PathBuf::from("bash"));
    let mut command = in_store::command(&session.engine.settings().layout, &program);
    adjust(session, &mut command);
    if bash.is_some() {
        command.env("SHELL", &program);
    }
    if session.arguments.command.is_empty() {
        command.arg("--rcfile");
    }
    command.arg(&file);
    start(&mut command)
}

/// The shell of the flake's own nixpkgs, if it has one.
fn bash_of_inputs(session: &FlakeSession) -> Result<Option<PathBuf>, Failed> {
    let reference = session.arguments.one()?.unwrap_or(".");
    if session.has_expression() || stored(session, reference).is_some() {
        return Ok(None);
    }
    let found = session.find(reference)?;
    let options = session.flake_options();
    let flake = session.lock(&found, &options)?;
    if !flake.locked().flake.file.inputs.contains_key("nixpkgs") {
        return Ok(None);
    }
    let mut options = options;
    options.inputs_from = vec![found.reference.to_string()];
    let nixpkgs = session
        .engine
        .flake(&session.evaluator, "nixpkgs", &options)
        .map_err(|error| session.failed(error))?;
    let paths = candidate_paths("bashInteractive", &package_prefixes(session), &[]);
    let outputs = session.outputs(&nixpkgs)?;
    let found = find_output(&session.evaluator, outputs, "nixpkgs", &paths)
        .map_err(|error| session.flake_failed(error))?;
    let path = session.build_value(found.value)?;
    Ok(path.map(|path| in_its_place(session, &path).join("bin/bash")))
}

/// Writes what sets the environment up. It removes itself when it is read.
fn script(session: &FlakeSession, environment: &BuildEnvironment) -> Result<PathBuf, Failed> {
    let mut file = tempfile::Builder::new()
        .prefix("nix-develop-")
        .suffix(".sh")
        .tempfile()
        .map_err(|error| Failure::io("create", std::env::temp_dir(), &error))?;
    let mut text = format!("rm -f {}\n", quoted(&file.path().to_string_lossy()));
    let arguments = &session.arguments;
    if arguments.command.is_empty() {
        text.push_str("[ -n \"$PS1\" ] && [ -e ~/.bashrc ] && source ~/.bashrc\n");
    }
    text.push_str(&environment.script());
    text.push_str("shopt -u nullglob\nset +eu\n");
    // What was set for the shell counts more than what the build sets.
    for (name, value) in arguments.pairs("set-env-var") {
        text.push_str(&format!("export {name}={}\n", quoted(&value)));
    }
    if !arguments.command.is_empty() {
        let words: Vec<String> = arguments.command.iter().map(|word| quoted(word)).collect();
        text.push_str(&format!("exec {}\n", words.join(" ")));
    }
    let written = std::io::Write::write_all(&mut file, text.as_bytes());
    written.map_err(|error| Failure::io("write", file.path(), &error))?;
    let (_, path) = file
        .keep()
        .map_err(|error| Failure::new(error.to_string()))?;
    Ok(path)
}
