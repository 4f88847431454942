//! What of a working tree differs from the last commit.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;
use nix_wire::hash::HashingWriter;
use nix_wire::nar::{self, Filesystem};
use nix_wire::{Hash, HashAlgorithm};

use super::{git_error, open};
use crate::fetch::FetchError;

/// The changes of a working tree, as far as two that differ need to be told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitChanges {
    /// The last commit, if there is one.
    pub revision: Option<String>,
    /// A hash of all that differs from it, the same as Nix's.
    pub hash: Hash,
}

impl GitChanges {
    /// The changes of the working tree at a path.
    ///
    /// # Errors
    /// When the repository or a changed file cannot be read.
    pub fn of(root: &Path) -> Result<GitChanges, FetchError> {
        let error = |error: &dyn std::fmt::Display| git_error(root, error);
        let repository = open(root)?;
        let head = repository.head().map_err(|reason| error(&reason))?;
        let revision = match head.is_unborn() {
            true => None,
            false => {
                let commit = repository.head_id().map_err(|reason| error(&reason))?;
                Some(commit.to_string())
            }
        };
        let changes = repository
            .status(gix::progress::Discard)
            .and_then(|status| {
                status
                    .untracked_files(gix::status::UntrackedFiles::None)
                    .index_worktree_submodules(None)
                    .into_iter(None)
            })
            .map_err(|reason| error(&reason))?;
        let mut paths = BTreeSet::new();
        for change in changes {
            let change = change.map_err(|reason| error(&reason))?;
            paths.insert(change.location().to_path_lossy().into_owned());
        }
        let (changed, deleted): (Vec<PathBuf>, Vec<PathBuf>) = paths
            .into_iter()
            .partition(|path| root.join(path).symlink_metadata().is_ok());
        let failed = |error| FetchError::io("hashing", root)(error);
        let mut sink = HashingWriter::sink(HashAlgorithm::Sha512);
        for path in changed {
            text(&mut sink, "modified:").map_err(failed)?;
            text(&mut sink, &format!("/{}", path.display())).map_err(failed)?;
            let full = root.join(path);
            let copy = |error| FetchError::Copy {
                path: full.clone(),
                error,
            };
            nar::write(&mut Filesystem::new(&full), &mut sink).map_err(copy)?;
        }
        for path in deleted {
            text(&mut sink, "deleted:").map_err(failed)?;
            text(&mut sink, &format!("/{}", path.display())).map_err(failed)?;
        }
        Ok(GitChanges {
            revision,
            hash: sink.finish().0,
        })
    }
}

/// A string as NAR archives have it: its length, and zeros up to the next eight bytes.
fn text(sink: &mut impl Write, text: &str) -> std::io::Result<()> {
    sink.write_all(&(text.len() as u64).to_le_bytes())?;
    sink.write_all(text.as_bytes())?;
    sink.write_all(&[0; 8][..text.len().next_multiple_of(8) - text.len()])
}
