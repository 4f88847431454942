//! What can go wrong with a store.

use std::io;
use std::path::{Path, PathBuf};

use nix_wire::content_address::ContentAddressError;
use nix_wire::derivation::DerivationError;
use nix_wire::hash::HashError;
use nix_wire::nar::NarError;
use nix_wire::store_path::StorePathError;

/// Why an operation on a store failed.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum StoreError {
    /// A builder asks for what it was not given.
    #[error("cannot {action} path '{path}' in recursive Nix")]
    NotKnown {
        /// What it wanted.
        action: String,
        /// The object.
        path: String,
    },
    /// An object cannot be shown to a builder in its sandbox.
    #[error("could not add path '{}' to sandbox: {reason}", .path.display())]
    NotShown {
        /// Where it should be seen.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    #[error("cannot {action} '{path}': {error}")]
    Io {
        action: &'static str,
        path: PathBuf,
        error: io::Error,
    },
    #[error("store database '{path}': {error}")]
    Database {
        path: PathBuf,
        error: rusqlite::Error,
    },
    #[error("the store has schema version {found}, but only {supported} is supported")]
    Schema { found: String, supported: u32 },
    #[error(
        "the path '{0}' is a symlink; \
         this is not allowed for the Nix store and its parent directories"
    )]
    SymlinkedStore(PathBuf),
    #[error("path '{0}' is not valid")]
    InvalidPath(String),
    #[error("the database has an invalid entry for '{path}': {reason}")]
    InvalidEntry { path: String, reason: String },
    #[error("cycle detected in the references of '{path}' from '{parent}'")]
    Cycle { path: String, parent: String },
    #[error("cannot remove '{path}' because it is in use by '{referrer}'")]
    InUse { path: String, referrer: String },
    #[error(
        "{what} mismatch importing path '{path}';\n  specified: {specified}\n  got:       {found}"
    )]
    Mismatch {
        what: &'static str,
        path: String,
        specified: String,
        found: String,
    },
    #[error("'{0}' is not a regular file, so it cannot be hashed as one")]
    NotAFile(PathBuf),
    #[error("cannot add to the store by Git's hash of a tree")]
    GitMethod,
    #[error("cannot create the root '{0}': it is a path in the store")]
    RootInStore(PathBuf),
    #[error("cannot create symlink '{0}'; already exists")]
    RootExists(PathBuf),
    #[error("generation {number} of profile '{profile}' does not exist")]
    NoGeneration { profile: PathBuf, number: u64 },
    #[error("profile '{0}' has no generation before the current one")]
    NoEarlierGeneration(PathBuf),
    #[error("cannot delete current version of profile {0}")]
    DeletesCurrentGeneration(PathBuf),
    #[error("path '{0}' is not in the Nix store")]
    NotInStore(PathBuf),
    #[error(
        "Cannot delete path '{0}' since it is still alive. To find out why, use: \
         nix-store --query --roots and nix-store --query --referrers"
    )]
    StillAlive(String),
    #[error("hash of path '{path}' has changed from '{registered}' to '{found}'!")]
    Changed {
        path: String,
        registered: String,
        found: String,
    },
    #[error("input doesn't look like something created by 'nix-store --export'")]
    NoExport,
    #[error("what is registered cannot be read: {0}")]
    Registration(String),
    #[error("operation '{operation}' is not supported by store '{store}'")]
    Unsupported {
        operation: &'static str,
        store: String,
    },
    /// Of a store that is not on this machine's disk, in the words of what speaks to it.
    #[error("{0}")]
    Elsewhere(Box<dyn std::error::Error + Send + Sync>),
    #[error(
        "cannot open lock file '{}': Permission denied. This command may have been run as non-root \
         in a single-user Nix installation, or the Nix daemon may have crashed",
        .0.display()
    )]
    NotAllowed(PathBuf),
    #[error("cannot change the store '{0}': attempt to write a readonly database")]
    ReadOnly(PathBuf),
    #[error("'{0}': database does not exist, and cannot be created in read-only mode")]
    NoDatabase(PathBuf),
    #[error("cannot add path '{0}' because it lacks a signature by a trusted key")]
    NotVouchedFor(String),
    /// What another store promised is there no longer.
    #[error("{0}")]
    Gone(String),
    #[error("cannot copy '{path}' from '{from}': {error}")]
    Archive {
        path: String,
        from: String,
        error: NarError,
    },
    #[error("interrupted")]
    Interrupted,
    /// A derivation that says of its outputs what does not follow from it.
    #[error("while checking derivation '{path}': {error}")]
    IncorrectDerivation {
        path: String,
        error: DerivationError,
    },
    #[error("'{path}': {error}")]
    Derivation {
        path: String,
        error: DerivationError,
    },
    #[error(transparent)]
    Nar(#[from] NarError),
    #[error(transparent)]
    StorePath(#[from] StorePathError),
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    ContentAddress(#[from] ContentAddressError),
}

/// Says what was done to which file when it failed.
pub(crate) trait During<T> {
    fn during(self, action: &'static str, path: &Path) -> Result<T, StoreError>;
}

impl<T, E: Into<io::Error>> During<T> for Result<T, E> {
    fn during(self, action: &'static str, path: &Path) -> Result<T, StoreError> {
        self.map_err(|error| StoreError::Io {
            action,
            path: path.to_owned(),
            error: error.into(),
        })
    }
}
