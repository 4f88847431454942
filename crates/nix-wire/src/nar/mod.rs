//! NAR: one file or tree as a stream of bytes, with nothing in it but names, contents, link
//! targets and whether a file is executable.
//!
//! A NAR is a sequence of strings: eight bytes of little-endian length, the bytes, zeros up to a
//! multiple of eight. `nix-archive-1 ( type regular [executable ""] contents <bytes> )`, `( type
//! symlink target <text> )`, `( type directory entry ( name <name> node <node> ) … )` with names
//! in strictly increasing order of their bytes.

mod filesystem;
mod git;
mod listing;
mod read;
mod restore;
mod write;

pub use filesystem::Filesystem;
pub use git::git_hash;
pub use listing::{Entry, Listing};
pub use read::{Contents, Skip, Visitor, read};
pub use restore::Restore;
pub use write::{Node, Tree, write, write_regular};

use std::io;
use std::path::{Path, PathBuf};

use crate::hash::{Hash, HashAlgorithm, HashingWriter};

const MAGIC: &[u8] = b"nix-archive-1";
/// Nix takes no deeper trees either.
const DEEPEST: usize = 64;

/// What begins the ending of names that would otherwise be the same to a file system that does not
/// tell upper from lower case; a number follows.
const CASE_HACK: &str = "~nix~case~hack~";

/// Why an archive cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum NarError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{path}: {error}")]
    File { path: PathBuf, error: io::Error },
    #[error("file '{0}' has an unsupported type")]
    UnsupportedType(PathBuf),
    #[error("file '{0}' changed while it was read")]
    Changed(PathBuf),
    #[error("bad archive: input doesn't look like a Nix archive")]
    NoArchive,
    #[error("bad archive: it ends too early")]
    Truncated,
    #[error("bad archive: string of {0} bytes is too long")]
    TooLong(u64),
    #[error("bad archive: non-zero padding")]
    Padding,
    #[error("bad archive: expected tag '{expected}', got '{found}'")]
    Tag {
        expected: &'static str,
        found: String,
    },
    #[error("bad archive: executable marker has non-empty value")]
    ExecutableMarker,
    #[error("bad archive: unknown file type '{0}'")]
    UnknownType(String),
    #[error("bad archive: NAR contains invalid file name '{0}'")]
    Name(String),
    #[error("bad archive: NAR directory is not sorted")]
    Unsorted,
    #[error("bad archive: NAR contains invalid symlink target")]
    Target,
    #[error("path '{0}' already exists")]
    Exists(PathBuf),
    #[error("NAR contains file name '{name}' that collides with case-hacked file name '{other}'")]
    CaseCollision { name: String, other: String },
    #[error("bad archive: NAR directory nesting exceeds maximum depth of {DEEPEST}")]
    TooDeep,
}

impl NarError {
    fn file(path: &Path) -> impl FnOnce(io::Error) -> NarError {
        let path = path.to_owned();
        move |error| NarError::File { path, error }
    }
}

/// The hash and size of the NAR of a tree, which is not kept anywhere.
///
/// # Errors
/// When something cannot be read, or is neither file, link nor directory.
pub fn hash(tree: &mut dyn Tree, algorithm: HashAlgorithm) -> Result<(Hash, u64), NarError> {
    let mut sink = HashingWriter::sink(algorithm);
    write(tree, &mut sink)?;
    let (hash, size, _) = sink.finish();
    Ok((hash, size))
}

/// The SHA-256 hash and the size of the NAR of a path of the file system.
///
/// # Errors
/// As [`hash`].
pub fn hash_path(path: &Path) -> Result<(Hash, u64), NarError> {
    hash(&mut Filesystem::new(path), HashAlgorithm::Sha256)
}

/// Whether a name may be that of a directory's entry.
fn is_entry_name(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..") && !name.iter().any(|byte| matches!(byte, b'/' | 0))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
