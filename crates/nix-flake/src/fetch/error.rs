//! What can go wrong with fetching.

use std::path::{Path, PathBuf};

use nix_transfer::TransferError;
use nix_wire::nar::NarError;

use super::archive::ArchiveError;
use crate::error::reason;
use crate::reference::ReferenceError;

/// What a program exits with when a tree is not the one that was locked.
pub const HASH_MISMATCH_STATUS: u8 = 102;

/// Why a tree cannot be fetched. Messages are Nix's where Nix has one.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum FetchError {
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    #[error("nothing can be fetched from other machines here")]
    NoNetwork,
    #[error(
        "experimental Nix feature '{0}' is disabled; add '--extra-experimental-features {0}' to \
         enable it"
    )]
    MissingFeature(&'static str),
    #[error("Commit signature verification on commit {revision} failed: {reason}")]
    Signature { revision: String, reason: String },
    #[error("commit verification is required for Git repository '{0}', but it's dirty")]
    UnverifiedChanges(String),
    #[error("'{field}' attribute mismatch in input '{input}', expected {expected}, got {found}")]
    NumberMismatch {
        field: &'static str,
        input: String,
        expected: u64,
        found: u64,
    },
    #[error("cannot fetch '{0}': with '--offline' nothing is fetched from other machines")]
    Offline(String),
    #[error(transparent)]
    Transfer(#[from] TransferError),
    #[error("'{0}' was said to be as it was before, but what it was is not known")]
    NothingSent(String),
    #[error("cannot unpack '{url}': {error}")]
    Archive { url: String, error: ArchiveError },
    #[error(
        "'{0}' is what the server wants the archive to be locked to, but that is not an archive"
    )]
    ImmutableLink(String),
    #[error("there is no branch or tag '{branch}' in '{repository}'")]
    NoSuchBranch { repository: String, branch: String },
    #[error("'{url}' did not answer as it should: {reason}")]
    Answer { url: String, reason: String },
    #[error("{}", limit(.host, *.has_token, .error))]
    Limit {
        host: String,
        has_token: bool,
        error: TransferError,
    },
    #[error(
        "hash mismatch in file downloaded from '{url}':\n  specified: {expected}\n  got:       {found}"
    )]
    FileHashMismatch {
        url: String,
        expected: String,
        found: String,
    },
    #[error("program '{program}' failed: {message}")]
    Program {
        program: &'static str,
        message: String,
    },
    #[error(
        "Cannot find Git revision '{revision}' in ref '{branch}' of repository '{repository}'! \
         Please make sure that the rev exists on the ref you've specified or add allRefs = true; to \
         fetchGit."
    )]
    RevisionNotInBranch {
        revision: String,
        branch: String,
        repository: String,
    },
    #[error("{action} '{}': {}", path.display(), reason(error))]
    Io {
        action: &'static str,
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("path '{}' does not exist", .0.display())]
    Missing(PathBuf),
    #[error("cannot clone into existing path '{}'", .0.display())]
    Exists(PathBuf),
    #[error("the program '{0}' is needed for this, but it is not installed or not in PATH")]
    NoProgram(&'static str),
    #[error("cannot copy '{}' to the store: {error}", path.display())]
    Copy { path: PathBuf, error: NarError },
    #[error("store: {0}")]
    Store(Box<dyn std::error::Error + Send + Sync>),
    #[error("cannot fetch unsupported input '{0}'")]
    UnknownScheme(String),
    #[error("indirect input '{0}' cannot be fetched directly")]
    Indirect(String),
    #[error("cannot fetch input '{0}' because it uses a relative path")]
    RelativePath(String),
    #[error("cannot fetch input '{input}': {what} is not possible in this version")]
    OptionNotInThisVersion { input: String, what: &'static str },
    #[error("Git tree '{}' is dirty", .0.display())]
    Dirty(PathBuf),
    #[error("cannot fetch from Git repository '{url}': {message}")]
    RemoteGit { url: String, message: String },
    #[error("Git repository '{}': {message}", path.display())]
    Git { path: PathBuf, message: String },
    #[error(
        "'{}' is a shallow Git repository, so 'revCount' is not available; add '?shallow=1' to do \
         without", .0.display()
    )]
    Shallow(PathBuf),
    #[error("cannot find branch or tag '{branch}' in Git repository '{}'", path.display())]
    MissingBranch { path: PathBuf, branch: String },
    #[error("cannot find Git revision '{revision}' in repository '{}'", path.display())]
    MissingRevision { path: PathBuf, revision: String },
    #[error("NAR hash mismatch in input '{input}', expected '{expected}' but got '{found}'")]
    HashMismatch {
        input: String,
        expected: String,
        found: String,
    },
    #[error("'rev' attribute mismatch in input '{input}', expected {expected}")]
    RevisionMismatch { input: String, expected: String },
    #[error("mismatch in field '{field}' of input '{specified}', got '{found}'")]
    FieldMismatch {
        field: String,
        specified: String,
        found: String,
    },
    /// What a [`Fetcher`] of the caller's says.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl FetchError {
    /// Whether it is for want of a network that a tree cannot be had.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        match self {
            FetchError::NoNetwork | FetchError::Offline(_) => true,
            FetchError::Transfer(error) => match error {
                TransferError::Connection { .. } => true,
                TransferError::Status { status, .. } => *status >= 500,
                _ => false,
            },
            _ => false,
        }
    }

    /// The status that a program should exit with.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        match self {
            FetchError::HashMismatch { .. } | FetchError::FileHashMismatch { .. } => {
                HASH_MISMATCH_STATUS
            }
            _ => 1,
        }
    }

    pub(super) fn io<'a>(
        action: &'static str,
        path: &'a Path,
    ) -> impl FnOnce(std::io::Error) -> FetchError + use<'a> {
        move |error| match error.kind() {
            std::io::ErrorKind::NotFound => FetchError::Missing(path.to_owned()),
            _ => FetchError::Io {
                action,
                path: path.to_owned(),
                error,
            },
        }
    }
}

/// What a forge says that has answered too often, or to somebody who may not ask, with what to do.
fn limit(host: &str, has_token: bool, error: &TransferError) -> String {
    let TransferError::Status {
        url,
        status,
        retry_after,
        ..
    } = error
    else {
        return error.to_string();
    };
    let mut text = format!("unable to download '{url}': HTTP error {status}: '{host}' refuses");
    if let Some(wait) = retry_after {
        let minutes = wait.as_secs().div_ceil(60);
        text.push_str(&format!("; it can be asked again in {minutes} minutes"));
    }
    text.push_str(&match has_token {
        true => "; the token for it in 'access-tokens' may not read this, or has asked too often"
            .to_owned(),
        false => format!(
            "; those without a token may not ask for everything, nor often: set \
             'access-tokens = {host}=TOKEN' in nix.conf"
        ),
    });
    text
}
