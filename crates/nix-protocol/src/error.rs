//! What can go wrong on the line.

use std::io;

use nix_wire::content_address::ContentAddressError;
use nix_wire::derivation::DerivationError;
use nix_wire::hash::HashError;
use nix_wire::store_path::StorePathError;

/// Why something cannot be read from, or written to, the other side.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ProtocolError {
    #[error("{0}")]
    Io(io::Error),
    #[error("the other side disconnected unexpectedly (maybe it crashed?)")]
    Disconnected,
    #[error("protocol mismatch: expected {expected}, got {found:#x}")]
    Magic { expected: &'static str, found: u64 },
    #[error("the other side speaks version {0}, which is not supported")]
    Version(String),
    #[error("protocol version {version} cannot express {what}")]
    TooOld { version: String, what: String },
    #[error("non-zero padding")]
    Padding,
    #[error("a string of {0} bytes is too long")]
    TooLong(u64),
    #[error("'{0}' is not UTF-8")]
    NotUtf8(String),
    #[error("{found} is not a {what}")]
    OutOfRange { what: &'static str, found: u64 },
    #[error("got unknown message type {0:#x}")]
    UnknownMessage(u64),
    #[error("invalid operation {0}")]
    UnknownOperation(u64),
    #[error("unexpected error type '{0}'")]
    UnknownError(String),
    #[error("invalid derivation output id '{0}'")]
    OutputId(String),
    #[error("'{0}' is no realisation: {1}")]
    Realisation(String, serde_json::Error),
    #[error("data follows the last frame")]
    AfterLastFrame,
    #[error(transparent)]
    StorePath(#[from] StorePathError),
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    ContentAddress(#[from] ContentAddressError),
    #[error(transparent)]
    Derivation(#[from] DerivationError),
}

impl From<io::Error> for ProtocolError {
    fn from(error: io::Error) -> ProtocolError {
        match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset => ProtocolError::Disconnected,
            _ => ProtocolError::Io(error),
        }
    }
}

impl ProtocolError {
    /// Whether the other side is gone.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        matches!(self, ProtocolError::Disconnected)
    }
}
