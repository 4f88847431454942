//! `nix flake init` and `nix flake new`

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use nix_engine::EngineError;
use nix_eval::Coercion;
use nix_flake::fetch::intend_to_add_all;
use nix_flake::installable::{candidate_paths, find_output};

use super::arguments::{Flag, usage};
use super::outputs::Output;
use super::session::{FlakeSession, finish};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::environment::Environment;
use crate::report::Failure;

const FLAGS: &[Flag] = &[Flag::short("template", 't', 1)];

/// The repository whose templates the program has too, for when it cannot be reached.
const UPSTREAM: (&str, &str) = ("nix-community", "home-manager");

/// Copies a template to the working directory.
pub fn init(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, FLAGS, |session| {
        if let Some(argument) = session.arguments.rest.first() {
            return Err(usage(format!("unexpected argument '{argument}'")).into());
        }
        copy_template(session, &session.environment.directory)
    })
}

/// Copies a template to a new directory.
pub fn new(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, FLAGS, |session| {
        let destination = session
            .arguments
            .one()?
            .ok_or_else(|| usage("more arguments are required: 'dest-dir'"))?;
        copy_template(session, &session.environment.directory.join(destination))
    })
}

fn copy_template(session: &FlakeSession, destination: &Path) -> Result<(), Failed> {
    let text = session.arguments.value("template").unwrap_or("templates");
    let (source, welcome) = find_template(session, text)?;
    let mut copy = Copy::default();
    copy.directory(&source, destination)?;
    if !copy.written.is_empty() && destination.join(".git").exists() {
        intend_to_add_all(destination, &copy.written)
            .map_err(|error| session.flake_failed(error.into()))?;
    }
    if let Some(text) = welcome {
        plain("\n");
        plain(&text);
    }
    match copy.conflicts {
        0 => Ok(()),
        conflicts => {
            Err(Failure::new(format!("encountered {conflicts} conflicts - see above")).into())
        }
    }
}

/// The directory of a template, and what is to be said about it.
fn find_template(session: &FlakeSession, text: &str) -> Result<(PathBuf, Option<String>), Failed> {
    let found = session.find(text)?;
    let mut options = session.flake_options();
    options.no_write = true;
    let evaluator = &session.evaluator;
    let locked = session
        .engine
        .lock_flake(evaluator, &found.reference, &options);
    let flake = match locked {
        Err(EngineError::Flake(error)) if error.is_unreachable() && is_upstream(&found) => {
            plain(&format!(
                "warning: {error}; using the templates that this program carries with itself"
            ));
            let own = session.find("home-manager")?;
            session.lock(&own, &options)?
        }
        locked => {
            let flake = locked.map_err(|error| session.failed(error))?;
            session.take_settings(&flake)?;
            flake
        }
    };
    let prefixes = ["templates.".to_owned()];
    let defaults = ["templates.default".to_owned(), "defaultTemplate".to_owned()];
    let paths = candidate_paths(&found.fragment, &prefixes, &defaults);
    let shown = flake.locked().flake.resolved.to_string();
    let outputs = session.outputs(&flake)?;
    let template = find_output(evaluator, outputs, &shown, &paths)
        .map_err(|error| session.flake_failed(error))?;
    let template = Output {
        evaluator,
        path: template.path,
        value: template.value,
    };
    let look = || {
        let path = template.get("path")?.ok_or_else(|| {
            nix_eval::EvalError::eval(format!(
                "template '{}' lacks attribute 'path'",
                template.name()
            ))
        })?;
        let what = "while evaluating the path of a template";
        let (path, _) = evaluator.coerce_to_string(path.value, Coercion::PLAIN, what)?;
        let path = PathBuf::from(String::from_utf8_lossy(&path).into_owned());
        Ok((path, template.string("welcomeText")?))
    };
    look().map_err(|error: Box<nix_eval::EvalError>| session.evaluation_failed(&error))
}

fn is_upstream(found: &nix_flake::reference::FoundReference) -> bool {
    let input = &found.reference.input;
    input.string("type") == Some("github")
        && (input.string("owner"), input.string("repo")) == (Some(UPSTREAM.0), Some(UPSTREAM.1))
        && input.string("rev").is_none()
}

/// What came of copying a template.
#[derive(Default)]
struct Copy {
    written: Vec<PathBuf>,
    conflicts: usize,
}

impl Copy {
    fn directory(&mut self, from: &Path, to: &Path) -> Result<(), Failed> {
        fs::create_dir_all(to).map_err(|error| Failure::io("create", to, &error))?;
        let read = |error| Failure::io("read", from, &error);
        let mut entries = fs::read_dir(from)
            .map_err(read)?
            .collect::<Result<Vec<_>, _>>()
            .map_err(read)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (from, to) = (entry.path(), to.join(entry.file_name()));
            let kind = entry.file_type().map_err(read)?;
            if kind.is_dir() {
                self.directory(&from, &to)?;
            } else if kind.is_symlink() {
                let read_link = |path: &Path| {
                    fs::read_link(path).map_err(|error| Failure::io("read", path, &error))
                };
                let target = read_link(&from)?;
                self.entry(
                    &from,
                    &to,
                    |to| Ok(read_link(to)? == target),
                    |to| symlink(&target, to),
                )?;
            } else {
                let read =
                    |path: &Path| fs::read(path).map_err(|error| Failure::io("read", path, &error));
                let contents = read(&from)?;
                self.entry(
                    &from,
                    &to,
                    |to| Ok(read(to)? == contents),
                    |to| fs::write(to, &contents),
                )?;
            }
        }
        Ok(())
    }

    /// Writes a file or link, unless there is one.
    fn entry(
        &mut self,
        from: &Path,
        to: &Path,
        is_same: impl FnOnce(&Path) -> Result<bool, Failure>,
        write: impl FnOnce(&Path) -> std::io::Result<()>,
    ) -> Result<(), Failed> {
        if to.symlink_metadata().is_ok() {
            if is_same(to).unwrap_or(false) {
                plain(&format!("skipping identical file: {}", from.display()));
            } else {
                self.conflicts += 1;
                plain(&format!(
                    "refusing to overwrite existing file \"{}\"\n please merge it manually with \
                     '{}'",
                    to.display(),
                    from.display()
                ));
            }
            return Ok(());
        }
        write(to).map_err(|error| Failure::io("write", to, &error))?;
        plain(&format!("wrote: \"{}\"", to.display()));
        self.written.push(to.to_owned());
        Ok(())
    }
}
