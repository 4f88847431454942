//! `nix shell`, and what it has in common with `nix develop`

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use nix_store::Layout;
use nix_store::build::Wanted;
use nix_wire::StorePath;

use super::app::{in_its_place, named_object, package_defaults, package_prefixes, start};
use super::arguments::{Flag, RUNS_COMMAND, usage};
use super::session::{FlakeSession, finish};
use crate::applets::evaluate::Failed;
use crate::applets::installable::{Outputs, split_outputs};
use crate::environment::Environment;
use crate::in_store;
use crate::report::Failure;

/// The file of a package with the packages that it brings along.
const PROPAGATED: &str = "nix-support/propagated-user-env-packages";

/// More links than a path can have that leads anywhere.
const MOST_LINKS: usize = 64;

/// What options say of the environment of what is started.
pub const ENVIRONMENT_FLAGS: [Flag; 6] = [
    RUNS_COMMAND,
    Flag::short("set-env-var", 's', 2),
    Flag::short("ignore-env", 'i', 0),
    Flag::new("ignore-environment", 0),
    Flag::short("keep-env-var", 'k', 1),
    Flag::short("unset-env-var", 'u', 1),
];

/// Starts a shell with packages in its search path.
pub fn shell(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, &ENVIRONMENT_FLAGS, |session| {
        check_environment_flags(session)?;
        let default = [".".to_owned()];
        let wanted = match session.arguments.rest.as_slice() {
            [] => &default[..],
            wanted => wanted,
        };
        let mut directories = Vec::new();
        let mut seen = BTreeSet::new();
        for text in wanted {
            for path in build(session, text)? {
                add_directories(session, path, &mut seen, &mut directories)?;
            }
        }
        let old = session.environment.variable("PATH").unwrap_or_default();
        let path = std::env::join_paths(directories.into_iter().chain(std::env::split_paths(old)))
            .map_err(|error| Failure::new(error.to_string()))?;
        let layout = &session.engine.settings().layout;
        let mut command = match session.arguments.command.split_first() {
            Some((program, arguments)) => {
                let mut command = in_store::command(layout, program);
                command.args(arguments);
                command
            }
            None => in_store::command(
                layout,
                session
                    .environment
                    .variable("SHELL")
                    .unwrap_or("bash".as_ref()),
            ),
        };
        adjust(session, &mut command);
        command.env("PATH", path);
        Err(start(&mut command))
    })
}

/// Fails if the options about the environment contradict each other.
pub fn check_environment_flags(session: &FlakeSession) -> Result<(), Failed> {
    let arguments = &session.arguments;
    let ignores = arguments.has("ignore-env") || arguments.has("ignore-environment");
    if arguments.has("keep-env-var") && !ignores {
        return Err(usage("--keep-env-var does not make sense without --ignore-env").into());
    }
    if arguments.has("unset-env-var") && ignores {
        return Err(usage("--unset-env-var does not make sense with --ignore-env").into());
    }
    let unset = arguments.values("unset-env-var");
    let mut set = BTreeSet::new();
    for (name, _) in arguments.pairs("set-env-var") {
        if unset.contains(&name) {
            return Err(usage(match arguments.comes_first("set-env-var", "unset-env-var") {
                true => format!(
                    "Cannot unset environment variable '{name}' that is set with '--set-env-var'"
                ),
                false => format!(
                    "Cannot set environment variable '{name}' that is unset with \
                     '--unset-env-var'"
                ),
            })
            .into());
        }
        if !set.insert(name.clone()) {
            return Err(usage(format!(
                "Duplicate definition of environment variable '{name}' with '--set-env-var' is \
                 ambiguous"
            ))
            .into());
        }
    }
    Ok(())
}

/// Takes away from the environment, or leaves only parts of it, as the options say.
pub fn adjust(session: &FlakeSession, command: &mut Command) {
    let arguments = &session.arguments;
    if arguments.has("ignore-env") || arguments.has("ignore-environment") {
        let kept = arguments.values("keep-env-var");
        command.env_clear();
        for name in kept {
            if let Some(value) = session.environment.variable(&name) {
                command.env(name, value);
            }
        }
    }
    for (name, value) in arguments.pairs("set-env-var") {
        command.env(name, value);
    }
    for name in arguments.values("unset-env-var") {
        command.env_remove(name);
    }
}

/// Builds the outputs of an installable that are meant to be used.
fn build(session: &FlakeSession, text: &str) -> Result<Vec<StorePath>, Failed> {
    let (text, outputs) = split_outputs(text)?;
    if !session.has_expression()
        && let Some(path) = named_object(session, text)
    {
        return build_stored(session, path, outputs);
    }
    let prefixes = package_prefixes(session);
    let defaults = package_defaults(session);
    let found = session.installable(text, &prefixes, &defaults)?;
    let (derivation, wanted) = session
        .engine
        .derivation_of(&session.evaluator, found.value)
        .map_err(|error| session.failed(error))?;
    let names = match outputs {
        Outputs::Default => installed_outputs(session, &found)?.unwrap_or_else(|| vec![wanted]),
        Outputs::All => Vec::new(),
        Outputs::Names(names) => names.into_iter().collect(),
    };
    let built = session
        .engine
        .build(std::slice::from_ref(&derivation))
        .map_err(|error| session.failed(error))?;
    let outputs = built
        .into_iter()
        .flat_map(|built| built.outputs)
        .filter(|(name, _)| names.is_empty() || names.contains(name))
        .map(|(_, path)| path);
    Ok(outputs.collect())
}

/// Has an object that was named, or outputs of the derivation that it is.
fn build_stored(
    session: &FlakeSession,
    path: StorePath,
    outputs: Outputs,
) -> Result<Vec<StorePath>, Failed> {
    let of_derivation = |outputs| Wanted::Outputs {
        derivation: path.clone(),
        outputs,
    };
    let wanted = match outputs {
        Outputs::Default => Wanted::Object(path),
        Outputs::All => of_derivation(None),
        Outputs::Names(names) => of_derivation(Some(names)),
    };
    let built = session
        .engine
        .build_wanted(&[wanted])
        .map_err(|error| session.failed(error))?;
    Ok(built
        .into_iter()
        .flat_map(|paths| paths.into_values())
        .collect())
}

/// The outputs that `meta.outputsToInstall` names.
fn installed_outputs(
    session: &FlakeSession,
    found: &nix_flake::installable::FoundOutput,
) -> Result<Option<Vec<String>>, Failed> {
    let output = super::outputs::Output {
        evaluator: &session.evaluator,
        path: found.path.clone(),
        value: found.value,
    };
    let look = || {
        let Some(meta) = output.get("meta")? else {
            return Ok(None);
        };
        let Some(list) = meta.get("outputsToInstall")? else {
            return Ok(None);
        };
        let evaluator = &session.evaluator;
        let what = "while evaluating the outputs to install";
        let list = evaluator.force_list(list.value, what)?;
        let mut names = Vec::new();
        for element in evaluator.elements(list) {
            let name = evaluator.force_string(element, what)?;
            names.push(name.to_string_lossy().into_owned());
        }
        Ok(Some(names))
    };
    look().map_err(|error: Box<nix_eval::EvalError>| session.evaluation_failed(&error))
}

/// A path of the store with no links in it that lead to another place; all of these must be in the
/// store.
fn resolved(layout: &Layout, path: PathBuf) -> Result<PathBuf, Failure> {
    let store = Path::new(layout.store_dir.as_str());
    let mut resolved = path;
    for _ in 0..MOST_LINKS {
        let Ok(below) = resolved.strip_prefix(store) else {
            let path = resolved.display();
            return Err(Failure::new(format!(
                "path '{path}' is not in the Nix store"
            )));
        };
        match without_first_link(layout, below) {
            Some(next) => resolved = next,
            None => return Ok(resolved),
        }
    }
    let path = resolved.display();
    Err(Failure::new(format!(
        "path '{path}' has too many links in it"
    )))
}

/// The path to which the first link leads in a path below the store, and what follows it.
fn without_first_link(layout: &Layout, below: &Path) -> Option<PathBuf> {
    let mut place = PathBuf::new();
    let mut rest = below.components();
    while let Some(name) = rest.next() {
        place.push(name);
        if let Ok(target) = std::fs::read_link(layout.real_store_dir.join(&place)) {
            place.pop();
            let link = Path::new(layout.store_dir.as_str())
                .join(place)
                .join(target);
            let mut next = PathBuf::new();
            for part in link.join(rest.as_path()).components() {
                match part {
                    Component::ParentDir => _ = next.pop(),
                    part => next.push(part),
                }
            }
            return Some(next);
        }
    }
    None
}

/// The directories of programs of a package and of those that it brings along.
fn add_directories(
    session: &FlakeSession,
    path: StorePath,
    seen: &mut BTreeSet<StorePath>,
    directories: &mut Vec<PathBuf>,
) -> Result<(), Failed> {
    let real = session.engine.real_path(&path);
    let layout = &session.engine.settings().layout;
    let directory = resolved(layout, in_its_place(session, &path).join("bin"))?;
    if !seen.insert(path) {
        return Ok(());
    }
    directories.push(directory);
    let others = std::fs::read_to_string(real.join(PROPAGATED)).unwrap_or_default();
    for other in others.split_whitespace() {
        let other = session
            .engine
            .parse_store_path(other.as_ref())
            .map_err(|error| session.failed(error))?;
        add_directories(session, other, seen, directories)?;
    }
    Ok(())
}
