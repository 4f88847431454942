//! Inputs that are locked to what a program like this one carries with itself, of another version.
//!
//! Such a tree comes from nowhere but such a program. If the store still has the one of the other version,
//! it is used; else the one of this program takes its place. The lock file stays as it is, so that machines
//! with different versions do not change it in turn; each time it is said what to do.

use crate::error::FlakeError;
use crate::flakes::Flakes;
use crate::lock::{Edge, InputPath, LockFile, NodeId};

/// An input that is locked to the tree of another version.
struct Outdated {
    path: InputPath,
    node: NodeId,
    /// Whether the store has that tree.
    is_there: bool,
}

impl Flakes {
    /// Returns whether a lock file names the tree of another version of the program.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(crate) fn has_outdated_inputs(&self, lock_file: &LockFile) -> Result<bool, FlakeError> {
        Ok(!self.outdated_inputs(lock_file)?.is_empty())
    }

    /// Lets inputs that are locked to a missing tree of another version be the tree of this program.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(crate) fn replace_outdated_inputs(
        &self,
        lock_file: &LockFile,
    ) -> Result<LockFile, FlakeError> {
        let mut replaced = lock_file.clone();
        for outdated in self.outdated_inputs(lock_file)? {
            let path = &outdated.path;
            let update =
                format!("To lock this program's: home-manager switch --update-input {path}");
            if outdated.is_there {
                self.fetcher.warn(&format!(
                    "input '{path}' is locked to the library of another version of this program, \
                     which is used.\n{update}"
                ));
                continue;
            }
            self.fetcher.warn(&format!(
                "input '{path}' is locked to the library of another version of this program, which \
                 is not in the store; this program's is used instead.\n{update}"
            ));
            if let Some(lock) = replaced.lock_mut(outdated.node)
                && let Some(entry) = self.registries.built_in_entry(&lock.original.input)
            {
                lock.locked.input = entry.to.clone();
            }
        }
        Ok(replaced)
    }

    fn outdated_inputs(&self, lock_file: &LockFile) -> Result<Vec<Outdated>, FlakeError> {
        let mut found = Vec::new();
        for (path, edge) in lock_file.all_inputs() {
            let Edge::Node(node) = edge else { continue };
            let Some(lock) = &lock_file.node(*node).lock else {
                continue;
            };
            let input = &lock.locked.input;
            let Some(entry) = self.registries.built_in_entry(&lock.original.input) else {
                continue;
            };
            if input.scheme() != entry.to.scheme() || input.nar_hash()? == entry.to.nar_hash()? {
                continue;
            }
            let store = self.fetcher.store();
            let is_there = match input.store_path(store.store_dir())? {
                Some(path) => store.is_valid(&path).map_err(FlakeError::from)?,
                None => false,
            };
            found.push(Outdated {
                path,
                node: *node,
                is_there,
            });
        }
        Ok(found)
    }
}
