//! Programs that find the store where its paths say, although its files lie elsewhere.
//!
//! Only a process with one thread can go there: this program starts itself again, goes, and becomes
//! the other program.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix_store::{Layout, mounted};
use nix_wire::StoreDir;

use crate::printer::{Printer, Verbosity};
use crate::report::Failure;

/// The word by which this program knows that it is to go into a store.
pub const ENTER: &str = "--enter-store";
/// This program, whatever has become of its file.
const OWN: &str = "/proc/self/exe";

/// A command that runs a program, in the store if it is elsewhere.
pub fn command(layout: &Layout, program: impl AsRef<OsStr>) -> Command {
    if !mounted::is_elsewhere(layout) {
        return Command::new(program);
    }
    let mut command = entering(layout);
    command.arg(program);
    command
}

/// Whether the kernel lets programs into the store.
pub fn is_possible(layout: &Layout) -> bool {
    let mut command = entering(layout);
    command.stdin(Stdio::null()).stderr(Stdio::null());
    std::fs::create_dir_all(&layout.real_store_dir).is_ok()
        && command.status().is_ok_and(|status| status.success())
}

fn entering(layout: &Layout) -> Command {
    let mut command = Command::new(OWN);
    command
        .args([ENTER, layout.store_dir.as_str()])
        .arg(&layout.real_store_dir)
        .arg(layout.state_dir.join("root"));
    command
}

/// Goes into a store and becomes a program, if there is one. Returns with what to exit with.
pub fn enter(words: &[OsString]) -> u8 {
    match attempt(words) {
        Ok(()) => 0,
        Err(failure) => {
            failure.print(&Printer::new(Verbosity::Normal));
            failure.code
        }
    }
}

fn attempt(words: &[OsString]) -> Result<(), Failure> {
    let [store, real, mount_point, words @ ..] = words else {
        return Err(Failure::new(format!("{ENTER} is not for users")));
    };
    let store =
        StoreDir::new(&store.to_string_lossy()).map_err(|error| Failure::new(error.to_string()))?;
    let directory = std::env::current_dir()
        .map_err(|error| Failure::new(format!("there is no working directory: {error}")))?;
    let places = [real, mount_point].map(Path::new);
    mounted::enter(&store, places[0], places[1], &directory).map_err(|error| {
        Failure::new(format!("the store cannot be mounted at {store}: {error}"))
            .hint("let this user have namespaces (user.max_user_namespaces), or make /nix theirs")
    })?;
    let Some((program, arguments)) = words.split_first() else {
        return Ok(());
    };
    Err(become_program(Command::new(program).args(arguments)))
}

/// Becomes another program. Returns only when that fails.
pub fn become_program(command: &mut Command) -> Failure {
    let error = command.exec().to_string();
    // Without the number that Rust adds.
    let reason = error.split(" (os error ").next().unwrap_or_default();
    let program = Path::new(command.get_program()).display();
    Failure::new(format!("unable to execute '{program}': {reason}"))
}
