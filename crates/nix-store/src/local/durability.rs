//! How surely the disk has what is registered, should the power be cut: the settings
//! `fsync-store-paths` and `fsync-metadata`.

use std::fs::{self, File};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{LocalStore, Result};
use crate::database::{Database, Registration};
use crate::error::During;

/// The settings of a store.
#[derive(Debug)]
pub(super) struct Durability {
    paths: AtomicBool,
    metadata: AtomicBool,
}

impl Default for Durability {
    /// As Nix: the database is safe, and what was built last may be lost.
    fn default() -> Durability {
        Durability {
            paths: AtomicBool::new(false),
            metadata: AtomicBool::new(true),
        }
    }
}

impl Durability {
    pub(super) fn paths(&self) -> bool {
        self.paths.load(Ordering::Relaxed)
    }

    pub(super) fn metadata(&self) -> bool {
        self.metadata.load(Ordering::Relaxed)
    }
}

impl LocalStore {
    /// Sets whether objects are on the disk before they are registered (`fsync-store-paths`), and
    /// whether the database is on the disk after it was changed (`fsync-metadata`). The latter has
    /// an effect only before the store is first used.
    pub fn set_durability(&self, paths: bool, metadata: bool) {
        self.durability.paths.store(paths, Ordering::Relaxed);
        self.durability.metadata.store(metadata, Ordering::Relaxed);
    }

    pub(super) fn open_database(&self) -> Result<Database> {
        let database = Database::open(&self.layout)?;
        if !self.durability.metadata() {
            database.sync_nothing()?;
        }
        Ok(database)
    }

    /// Registers objects, which are on the disk before if that is wanted.
    pub(super) fn register_all(&self, registrations: &[Registration]) -> Result<()> {
        if self.durability.paths() {
            for registration in registrations {
                sync_tree(&self.layout.real_path(registration.path()))?;
            }
            if !registrations.is_empty() {
                sync(&self.layout.real_store_dir)?;
            }
        }
        self.with_database(|database| database.register(registrations))
    }
}

/// Has the disk take a file, or a directory with all that is in it.
fn sync_tree(path: &Path) -> Result<()> {
    let kind = fs::symlink_metadata(path).during("examine", path)?;
    if kind.is_dir() {
        for entry in fs::read_dir(path).during("read directory", path)? {
            sync_tree(&entry.during("read directory", path)?.path())?;
        }
    }
    // A link is on the disk with its directory.
    if kind.is_dir() || kind.is_file() {
        sync(path)?;
    }
    Ok(())
}

fn sync(path: &Path) -> Result<()> {
    let file = File::open(path).during("open", path)?;
    file.sync_all().during("write to the disk", path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Layout;

    fn store(root: &Path) -> LocalStore {
        LocalStore::new(Layout::below(root).expect("a layout"))
    }

    #[test]
    fn the_database_is_synced_as_the_setting_says() {
        for (metadata, expected) in [(true, 1), (false, 0)] {
            let directory = tempfile::tempdir().expect("a directory");
            let store = store(&directory.path().canonicalize().expect("a path"));
            store.set_durability(false, metadata);
            let mode = store
                .with_database(Database::synchronous)
                .expect("a database");
            assert_eq!(mode, expected, "fsync-metadata = {metadata}");
        }
    }

    #[test]
    fn every_file_of_an_object_is_synced() {
        let directory = tempfile::tempdir().expect("a directory");
        let tree = directory.path().join("tree");
        fs::create_dir_all(tree.join("deep")).expect("directories");
        fs::write(tree.join("deep/file"), "text").expect("a file");
        std::os::unix::fs::symlink("nowhere", tree.join("link")).expect("a link");
        sync_tree(&tree).expect("all can be opened");
        // What cannot be opened cannot be synced, so it was tried.
        assert!(sync_tree(&tree.join("missing")).is_err());
    }
}
