//! `home-manager shell`, and what it has in common with `home-manager run`

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::Args;
use nix_store::Layout;

use super::Context;
use crate::in_store;
use crate::report::Failure;
use crate::session::Session;
use crate::settings::Settings;

/// The variables of a home, below its packages.
const VARIABLES: &str = "etc/profile.d/hm-session-vars.sh";
/// By this the variables know that they are set already.
const SOURCED: &str = "__HM_SESS_VARS_SOURCED";
/// Has a shell read the variables before it becomes the program.
const WITH_VARIABLES: &str = "variables=$1; shift; if [ -r \"$variables\" ]; then . \"$variables\"; \
                              fi; unset variables; exec \"$@\"";

/// Start a shell with the packages and variables of the configuration
///
/// Nothing is activated. Where the user cannot write to /nix, the shell and the programs started from
/// it see one of their own, so that packages of binary caches work.
#[derive(Debug, Args)]
pub struct ShellArguments {}

/// Builds the generation and becomes a shell.
pub fn run(context: &Context, _: &ShellArguments) -> Result<(), Failure> {
    let shell = context.settings.environment.variable("SHELL");
    start(context, shell.unwrap_or(OsStr::new("sh")), &[])
}

/// Builds the generation and becomes a program that has its packages and variables.
pub fn start(context: &Context, program: &OsStr, arguments: &[OsString]) -> Result<(), Failure> {
    let choice = context.settings.flake()?;
    let rooted = with_own_root(context)?;
    let session = match &rooted {
        Some(session) => session,
        None => context.session_of(&choice)?,
    };
    let generation = session.build_generation(&choice)?;
    // As a program in the store sees it.
    let packages = generation.join("home-path");
    let packages = std::fs::read_link(&packages)
        .map_err(|error| Failure::io("read link", &packages, &error))?;
    let environment = &context.settings.environment;
    let path = environment.variable("PATH").unwrap_or_default();
    let path = std::env::join_paths(
        std::iter::once(packages.join("bin")).chain(std::env::split_paths(path)),
    )
    .map_err(|error| Failure::new(format!("PATH: {error}")))?;
    let mut command = in_store::command(session.layout(), "sh");
    command
        .args(["-c", WITH_VARIABLES, "sh"])
        .arg(packages.join(VARIABLES))
        .arg(program)
        .args(arguments)
        .env("PATH", path)
        .env_remove(SOURCED);
    Err(in_store::become_program(&mut command))
}

/// A session on a store of the user's own with the system's paths: where the user has only a store
/// with other paths, nobody has named one, and the kernel lets programs into it.
fn with_own_root(context: &Context) -> Result<Option<Session>, Failure> {
    let settings = &context.settings;
    let environment = &settings.environment;
    let named = settings.arguments.nix.store.is_some()
        || settings.arguments.nix.state_dir.is_some()
        || ["NIX_STORE_DIR", "NIX_STATE_DIR", "NIX_REMOTE"]
            .iter()
            .any(|name| environment.variable(name).is_some());
    if named || context.session()?.layout().store_dir == Layout::system().store_dir {
        return Ok(None);
    }
    let root = settings.directories.data.join("nix/root");
    if !in_store::is_possible(&Layout::with_root(&root)) {
        let text = "This kernel lets no programs into a /nix of their own, so the store of this \
                    user is used, for which binary caches have nothing.";
        context.printer.line(text);
        return Ok(None);
    }
    let mut settings = Settings::clone(settings);
    settings.arguments.nix.store = Some(store_name(&root));
    Session::open(&settings, &Rc::clone(&context.printer)).map(Some)
}

/// The name of the store with a root.
fn store_name(root: &Path) -> PathBuf {
    let encoded = nix_transfer::url::encode(root.to_string_lossy().as_bytes(), b"/");
    PathBuf::from(format!("local?root={encoded}"))
}
