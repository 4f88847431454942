//! Files that are in a working tree but not in the flake made of it.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{TreeFetcher, TreeSource};

/// A file that Git does not track, so that the flake does not have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UntrackedFile {
    /// Its path in the repository.
    pub path: PathBuf,
    /// The root of the working tree.
    pub working_tree: PathBuf,
}

impl UntrackedFile {
    /// The command that makes it part of the flake.
    #[must_use]
    pub fn command(&self) -> String {
        format!(
            "git -C {} add -N {}",
            quoted(&self.working_tree),
            quoted(&self.path)
        )
    }
}

fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

impl fmt::Display for UntrackedFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Path '{}' in the repository {} is not tracked by Git.\n\nTo make it visible to Nix, \
             run:\n\n{}",
            self.path.display(),
            quoted(&self.working_tree),
            self.command()
        )
    }
}

impl TreeFetcher {
    /// Explains a path of the store that is not there: whether it is in the working tree of a Git
    /// repository that was copied to the store without it.
    #[must_use]
    pub fn untracked_file(&self, missing: &Path) -> Option<UntrackedFile> {
        let (tree, below) = self.tree_of(missing)?;
        let TreeSource::WorkingTree(working_tree) = &tree.source else {
            return None;
        };
        let exists = working_tree.join(&below).symlink_metadata().is_ok();
        (exists && !below.as_os_str().is_empty()).then(|| UntrackedFile {
            path: below,
            working_tree: working_tree.clone(),
        })
    }
}
