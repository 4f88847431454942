//! `nix run`, `nix fmt` and `nix formatter`

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::app::{App, app_places, is_own_source, start};
use super::arguments::Flag;
use super::session::{FlakeSession, finish};
use crate::applets::evaluate::Failed;
use crate::environment::Environment;
use crate::report::Failure;

/// What this program is called as an output of its own flake.
const OWN_OUTPUTS: [&str; 3] = ["", "default", "home-manager"];

/// Runs a program of a flake.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, &[], |session| {
        let (reference, arguments) = match session.arguments.rest.split_first() {
            Some((first, rest)) => (first.as_str(), rest),
            None => (".", &[][..]),
        };
        if !session.has_expression()
            && let Some(fragment) = is_own_source(session, reference)?
            && OWN_OUTPUTS.contains(&fragment.as_str())
        {
            return Err(become_home_manager(arguments));
        }
        let (prefixes, defaults) = app_places(session);
        let output = session.installable(reference, &prefixes, &defaults)?;
        Err(App::of(session, &output)?.become_program(session, arguments, &[]))
    })
}

/// Starts this program by its own name: it is what would be built.
fn become_home_manager(arguments: &[String]) -> Failed {
    match std::env::current_exe() {
        Ok(program) => {
            let mut command = Command::new(program);
            command.arg0("home-manager").args(arguments);
            start(&mut command)
        }
        Err(error) => Failure::new(format!("this program is not found: {error}")).into(),
    }
}

/// Runs the formatter of the flake in the working directory.
pub fn format(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, &[], |session| {
        let (app, root) = formatter(session)?;
        let variables = [("PRJ_ROOT", root)];
        Err(app.become_program(session, &session.arguments.rest, &variables))
    })
}

/// Builds the formatter of the flake in the working directory.
pub fn build_formatter(words: Vec<OsString>, environment: &Environment) -> u8 {
    let flags = [Flag::short("out-link", 'o', 1), Flag::new("no-link", 0)];
    finish(words, environment, &flags, |session| {
        let (app, _) = formatter(session)?;
        if !session.arguments.has("no-link") {
            let link = session.arguments.value("out-link").unwrap_or("result");
            let link = session.environment.directory.join(link);
            let program = app.program.to_string_lossy().into_owned();
            let store = session.engine.store();
            let (path, _) = store
                .store_dir()
                .parse_within(&program)
                .map_err(|error| session.failed(error.into()))?;
            session
                .engine
                .local_store("make a root")
                .and_then(|store| Ok(store.add_permanent_root(&path, &link)?))
                .map_err(|error| session.failed(error))?;
        }
        session.print(&app.program.to_string_lossy())
    })
}

/// The formatter, and the directory of the flake that it is for.
fn formatter(session: &FlakeSession) -> Result<(App, OsString), Failed> {
    let defaults = [format!("formatter.{}", session.system())];
    let (flake, output) = session.output(".", &[], &defaults)?;
    let source = flake.locked().flake.resolved.input.source_path();
    let root = source.ok_or_else(|| Failure::new("the flake is not in a directory"))?;
    Ok((App::of(session, &output)?, root.into_os_string()))
}
