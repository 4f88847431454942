//! What can go wrong with a binary cache.

use std::path::PathBuf;

use nix_store::StoreError;
use nix_store::signature::KeyError;
use nix_transfer::TransferError;
use nix_wire::narinfo::NarInfoError;

/// Why an operation on a binary cache failed.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum CacheError {
    #[error(transparent)]
    Transfer(#[from] TransferError),
    #[error("'{0}' does not appear to be a binary cache")]
    NoCache(String),
    #[error("file '{file}' leads out of the binary cache '{cache}'")]
    Outside { cache: String, file: String },
    #[error("binary cache '{cache}' is for Nix stores with prefix '{found}', not '{expected}'")]
    OtherStoreDir {
        cache: String,
        found: String,
        expected: String,
    },
    #[error("uploading to '{0}' is not supported")]
    ReadOnly(String),
    #[error("'{url}': {error}")]
    NarInfo { url: String, error: NarInfoError },
    #[error("'{0}' is not text")]
    NoText(String),
    #[error("asked '{cache}' for '{asked}' but got '{found}'")]
    OtherPath {
        cache: String,
        asked: String,
        found: String,
    },
    #[error("'{path}' in '{cache}' has the unknown compression '{compression}'")]
    Compression {
        cache: String,
        path: String,
        compression: String,
    },
    #[error(
        "cannot add '{path}' to the binary cache because the reference '{reference}' is not valid"
    )]
    InvalidReference { path: String, reference: String },
    #[error("the setting '{name}' of a binary cache cannot be '{value}'")]
    Setting { name: &'static str, value: String },
    #[error("the key in '{}' cannot be used: {error}", path.display())]
    Key { path: PathBuf, error: KeyError },
    #[error("cannot {action} '{}': {error}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("cannot compress '{path}': {error}")]
    Encoding { path: String, error: std::io::Error },
}

impl From<CacheError> for StoreError {
    fn from(error: CacheError) -> StoreError {
        match error {
            CacheError::Transfer(TransferError::Interrupted) => StoreError::Interrupted,
            error => StoreError::Elsewhere(Box::new(error)),
        }
    }
}
