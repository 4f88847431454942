//! What can go wrong with a flake.

use crate::fetch::FetchError;
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
        FlakeError::Context { note: note.into(), source: Box::new(self) }
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

    /// The status that a program should exit with.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        match self.cause() {
            FlakeError::Fetch(error) => error.exit_status(),
            _ => 1,
        }
    }
}
