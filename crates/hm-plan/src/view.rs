//! How a plan looks at a home directory and at the store.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// What stands at a path, symbolic links not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Absent,
    /// A directory.
    Directory,
    /// A regular file (or a socket, a device, ...: something that is neither link nor directory).
    File,
    /// A symbolic link with its text.
    Link(PathBuf),
}

/// A path could not be looked at.
#[derive(Debug, Error)]
#[error("cannot read {path}: {source}", path = path.display())]
pub struct ViewError {
    /// What was looked at.
    pub path: PathBuf,
    /// Why it failed.
    pub source: std::io::Error,
}

/// Read-only access to a file system.
pub trait HomeView {
    /// What stands at `path`, not following a link there. A path below something that is not a
    /// directory is [`Kind::Absent`].
    ///
    /// # Errors
    /// When the path can be neither read nor known to be absent.
    fn kind(&self, path: &Path) -> Result<Kind, ViewError>;

    /// What stands at `path`, following links: `None` for a dangling link.
    ///
    /// # Errors
    /// As [`HomeView::kind`].
    fn resolved_kind(&self, path: &Path) -> Result<Option<Kind>, ViewError>;

    /// The names in a directory, sorted.
    ///
    /// # Errors
    /// When the directory cannot be read.
    fn entries(&self, path: &Path) -> Result<Vec<OsString>, ViewError>;

    /// Whether two paths, links followed, hold the same: the same bytes, or the same tree.
    ///
    /// # Errors
    /// When one of them cannot be read.
    fn same_content(&self, one: &Path, other: &Path) -> Result<bool, ViewError>;

    /// Returns the first thing at or below `path` that this user cannot delete.
    ///
    /// # Errors
    /// When a directory cannot be read.
    fn undeletable(&self, path: &Path) -> Result<Option<PathBuf>, ViewError>;
}
