//! What can go wrong with a flake.

use std::path::{Path, PathBuf};

use nix_eval::EvalError;
use nix_wire::store_path::StorePathError;

use crate::fetch::{FetchError, UntrackedFile};
use crate::flake_file::FlakeFileError;
use crate::lock::{InputPath, LockError};
use crate::reference::{FlakeReference, ReferenceError};
use crate::registry::RegistryError;

/// Why a flake cannot be used. Messages are Nix's where Nix has one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlakeError {
    /// A reference is malformed.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A lock file is malformed.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A tree cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A name is in no registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A `flake.nix` says something that it must not.
    #[error(transparent)]
    File(#[from] FlakeFileError),
    /// A `flake.nix` cannot be evaluated.
    #[error(transparent)]
    Eval(#[from] Box<EvalError>),
    /// A file is in the working tree but not in the flake.
    #[error("{0}")]
    Untracked(UntrackedFile),
    /// A file of a tree is not there.
    #[error("path '{}' does not exist", .0.display())]
    MissingPath(PathBuf),
    /// A relative path leads out of the tree that it is in.
    #[error(
        "access to absolute path '{}' is forbidden in pure evaluation mode (use '--impure' to \
         override)", .0.display()
    )]
    OutsideOfTree(PathBuf),
    /// A path leads to something in the store directory that is no store object.
    #[error(transparent)]
    NoStorePath(#[from] StorePathError),
    /// A lock file lacks an input.
    #[error("lock file does not have the input '{0}'")]
    MissingInput(InputPath),
    /// A lock file would have to be written to a place that cannot be.
    #[error(
        "cannot write modified lock file of flake '{0}' (use '--no-write-lock-file' to ignore)"
    )]
    NotWritable(String),
    /// A lock file would have to be written with an input that is not locked.
    #[error(
        "Not writing lock file of flake '{reference}' because it has an unlocked input ('{input}'). \
         Use '--allow-dirty-locks' to allow this anyway."
    )]
    UnlockedInput {
        /// The flake.
        reference: String,
        /// The input.
        input: String,
    },
    /// A lock file would have to be changed.
    #[error(
        "flake '{0}' requires lock file changes but they're not allowed due to '--no-update-lock-file'"
    )]
    UpdateNotAllowed(String),
    /// A lock file would have to be committed that is not the flake's.
    #[error("'--commit-lock-file' and '--output-lock-file' are incompatible")]
    CommitElsewhere,
    /// A lock file takes the place of the flake's, which makes the flake one that was changed.
    #[error("reference lock file was provided, but the 'allow-dirty' setting is set to false")]
    ReferenceNotAllowed,
    /// `builtins.getFlake` of something that may change.
    #[error(
        "cannot call 'getFlake' on unlocked flake reference '{0}' (use '--impure' to override)"
    )]
    UnlockedGetFlake(String),
    /// A flake has no such output.
    #[error("flake '{flake}' does not provide attribute {}", alternatives(.attributes))]
    MissingOutput {
        /// The flake.
        flake: String,
        /// What was tried, best first.
        attributes: Vec<String>,
        /// Names close to those.
        suggestions: Vec<String>,
    },
    /// A quote in a path of attributes is not closed.
    #[error("missing closing quote in selection path '{0}'")]
    UnclosedQuote(String),
    /// A lock file cannot be read or written.
    #[error("{action} '{}': {}", path.display(), reason(error))]
    Io {
        /// What was being done.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it cannot be.
        error: std::io::Error,
    },
    /// A flake asks for itself.
    #[error("found circular import of flake '{0}'")]
    CircularImport(FlakeReference),
    /// Pure evaluation does not find out what an input is.
    #[error("cannot update unlocked flake input '{0}' in pure mode")]
    UnlockedInPureMode(InputPath),
    /// Something else, with what was being done.
    #[error("{source}")]
    Context {
        /// What was being done, as a line of a trace.
        note: String,
        /// What went wrong.
        source: Box<FlakeError>,
    },
}

impl FlakeError {
    /// Notes what was being done.
    #[must_use]
    pub fn context(self, note: impl Into<String>) -> FlakeError {
        FlakeError::Context {
            note: note.into(),
            source: Box::new(self),
        }
    }

    /// What was being done, innermost first.
    #[must_use]
    pub fn notes(&self) -> Vec<&str> {
        match self {
            FlakeError::Context { note, source } => {
                let mut notes = source.notes();
                notes.push(note);
                notes
            }
            _ => Vec::new(),
        }
    }

    /// The error without notes.
    #[must_use]
    pub fn cause(&self) -> &FlakeError {
        match self {
            FlakeError::Context { source, .. } => source.cause(),
            _ => self,
        }
    }

    /// The error without notes.
    #[must_use]
    pub fn into_cause(self) -> FlakeError {
        match self {
            FlakeError::Context { source, .. } => source.into_cause(),
            other => other,
        }
    }

    pub(crate) fn io(action: &'static str, path: &Path, error: std::io::Error) -> FlakeError {
        FlakeError::Io {
            action,
            path: path.to_owned(),
            error,
        }
    }

    /// Whether it is for want of a network that the flake cannot be had.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self.cause(), FlakeError::Fetch(error) if error.is_unreachable())
    }

    /// The status that a program should exit with.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        match self.cause() {
            FlakeError::Fetch(error) => error.exit_status(),
            FlakeError::Eval(error) => error.status,
            _ => 1,
        }
    }
}

/// Names in quotes: `'a', 'b' or 'c'`.
fn alternatives(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// The system's words for an error, without the number that Rust adds.
pub(crate) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
