//! What can go wrong with a store that is not here.

use nix_protocol::{ProtocolError, RemoteError};
use nix_store::StoreError;

/// Why a store that is reached by a protocol failed.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// There is no connection to it.
    #[error("cannot open connection to remote store '{store}': {reason}")]
    Connect {
        /// The store's name.
        store: String,
        /// Why.
        reason: String,
    },
    /// The conversation ended, or what was said made no sense.
    #[error("store '{store}': {error}, while it was asked to {asked}")]
    Protocol {
        /// The store's name.
        store: String,
        /// What it was asked.
        asked: &'static str,
        /// What went wrong.
        error: ProtocolError,
    },
    /// The store's own words.
    #[error("{0}")]
    Remote(RemoteError),
    /// What was to be sent could not be read here.
    #[error("{0}")]
    Source(Box<StoreError>),
    /// The store took objects in and did not say that it has.
    #[error("store '{0}' failed to import objects")]
    NotImported(String),
    /// The text makes no `ssh` command.
    #[error("invalid SSH authority: '{authority}': {reason}")]
    Authority {
        /// User and host.
        authority: String,
        /// What is wrong.
        reason: &'static str,
    },
}

impl From<DaemonError> for StoreError {
    fn from(error: DaemonError) -> StoreError {
        match error {
            DaemonError::Source(error) => *error,
            error => StoreError::Elsewhere(Box::new(error)),
        }
    }
}
