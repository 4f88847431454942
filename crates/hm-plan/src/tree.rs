//! The files that a generation manages.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::view::{HomeView, Kind, ViewError};

/// The tree of managed files of one generation.
///
/// Each leaf (anything but a directory) of `root` is linked to from the same place below the home.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ManagedTree {
    /// The generation's `home-files`, with links resolved: a store path.
    pub root: PathBuf,
    /// The leaves, relative to the root.
    pub leaves: BTreeSet<PathBuf>,
}

impl ManagedTree {
    /// Reads the tree below `root`, which must be a directory, not a link to one.
    ///
    /// # Errors
    /// When a directory of it cannot be read.
    pub fn read(view: &dyn HomeView, root: &Path) -> Result<ManagedTree, ViewError> {
        let mut leaves = BTreeSet::new();
        let mut pending = vec![PathBuf::new()];
        while let Some(directory) = pending.pop() {
            for name in view.entries(&root.join(&directory))? {
                let relative = directory.join(name);
                match view.kind(&root.join(&relative))? {
                    Kind::Directory => pending.push(relative),
                    Kind::File | Kind::Link(_) => {
                        leaves.insert(relative);
                    }
                    Kind::Absent => {}
                }
            }
        }
        Ok(ManagedTree {
            root: root.to_owned(),
            leaves,
        })
    }

    /// Finds the links in a home that lead to managed files of a generation whose own files are
    /// lost. Directories that cannot be read are left out. `lost` is the path of that generation.
    ///
    /// # Errors
    /// When the home itself cannot be read.
    pub fn find_links(
        view: &dyn HomeView,
        home: &Path,
        store_dir: &Path,
        lost: &Path,
    ) -> Result<ManagedTree, ViewError> {
        let mut leaves = BTreeSet::new();
        let mut pending = vec![(PathBuf::new(), view.entries(home)?)];
        while let Some((directory, names)) = pending.pop() {
            for name in names {
                let relative = directory.join(name);
                let path = home.join(&relative);
                match view.kind(&path) {
                    // Other links into a generation, as those of the store itself, end otherwise.
                    Ok(Kind::Link(text))
                        if is_managed_link(store_dir, &text) && text.ends_with(&relative) =>
                    {
                        leaves.insert(relative);
                    }
                    Ok(Kind::Directory) if path != store_dir => {
                        if let Ok(names) = view.entries(&path) {
                            pending.push((relative, names));
                        }
                    }
                    _ => {}
                }
            }
        }
        Ok(ManagedTree {
            root: lost.to_owned(),
            leaves,
        })
    }

    /// What a link in the home to this leaf says.
    #[must_use]
    pub fn link_target(&self, leaf: &Path) -> PathBuf {
        self.root.join(leaf)
    }

    /// Whether a leaf lies below this directory.
    #[must_use]
    pub fn has_leaves_below(&self, directory: &Path) -> bool {
        self.leaves
            .range::<Path, _>((
                std::ops::Bound::Excluded(directory),
                std::ops::Bound::Unbounded,
            ))
            .next()
            .is_some_and(|leaf| leaf.starts_with(directory))
    }
}

/// Whether the text of a link points into the managed files of a generation, that is below
/// `STORE/HASH-home-manager-files`. Such links are ours to replace and to remove.
pub(crate) fn is_managed_link(store_dir: &Path, target: &Path) -> bool {
    target
        .strip_prefix(store_dir)
        .ok()
        .and_then(|relative| relative.components().next())
        .and_then(|first| first.as_os_str().to_str())
        .is_some_and(|name| name.ends_with("-home-manager-files"))
}
