//! What evaluations of flakes came to, kept from one run to the next.
//!
//! A result is kept with all that its evaluation read ([`attempts`]): files and directories of the
//! flake and the machine, variables, the revision of the source. It counts as long as those are as
//! they were, whatever else was edited or committed. A result that depends on the source as a whole
//! is known by its fingerprint ([`fingerprinted`]).
//!
//! Each is a file of JSON in the directory `evaluations` of the cache, so that it can be looked at
//! and deleted: the derivation, its output, what was told, and what was read.

mod attempts;
mod fingerprinted;
mod host;
mod reads;
mod recording;
mod told;

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

pub use attempts::Attempts;
pub use fingerprinted::Remembered;
pub(crate) use host::RecordedHost;
pub(crate) use recording::Recording;
pub(crate) use told::Told;

/// Results that are older than this are deleted, in seconds.
const OLDEST: u64 = 60 * 60 * 24 * 30;

/// What tells this program from other versions of it.
fn program() -> Option<String> {
    let program = fs::metadata(std::env::current_exe().ok()?).ok()?;
    Some(format!("{:?} {}", program.modified().ok()?, program.len()))
}

/// Writes a result in one step. Best effort.
fn write(file: &Path, json: &Json) {
    let opened = private_files::of_new_file(file);
    // What is not remembered is evaluated again.
    let _ = opened.and_then(|(directory, name)| directory.write(name, json.to_string().as_bytes()));
}

/// Reads a result. `None` if there is none that only the user can have written.
fn read(file: &Path) -> Option<Json> {
    let (directory, name) = private_files::of_file(file).ok()?;
    serde_json::from_slice(&directory.read(name).ok()?).ok()
}

fn delete_old(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let age = entry
            .metadata()
            .and_then(|metadata| metadata.modified())
            .ok()
            .and_then(|modified| modified.elapsed().ok());
        if age.is_some_and(|age| age.as_secs() > OLDEST) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
