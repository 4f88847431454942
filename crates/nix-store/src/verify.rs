//! Checking that what is registered is what is there.

use std::fs;

use nix_wire::{StorePath, nar};

use crate::canonical;
use crate::error::StoreError;
use crate::local::LocalStore;

/// What is wrong with a registered object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is not there.
    Missing(StorePath),
    /// It is not what was registered.
    Changed {
        /// The object.
        path: StorePath,
        /// The hash of the archive that was registered.
        registered: nix_wire::Hash,
        /// The hash of the archive of what is there.
        found: nix_wire::Hash,
    },
}

impl LocalStore {
    /// Looks whether every registered object is there and, with `contents`, has the archive that
    /// was registered.
    ///
    /// # Errors
    /// When the database or an object cannot be read.
    pub fn verify(&self, contents: bool) -> Result<Vec<Fault>, StoreError> {
        let mut faults = Vec::new();
        for path in self.all_valid_paths()? {
            let real_path = self.layout().real_path(&path);
            if fs::symlink_metadata(&real_path).is_err() {
                faults.push(Fault::Missing(path));
                continue;
            }
            if !contents {
                continue;
            }
            let Some(info) = self.path_info(&path)? else {
                continue;
            };
            let (found, _) = nar::hash_path(&real_path)?;
            if found != info.nar_hash {
                faults.push(Fault::Changed {
                    path,
                    registered: info.nar_hash,
                    found,
                });
            }
        }
        Ok(faults)
    }

    /// Whether an object that is registered is there as it was registered.
    ///
    /// # Errors
    /// When the database or the object cannot be read.
    pub fn has_good_contents(&self, path: &StorePath) -> Result<bool, StoreError> {
        let real_path = self.layout().real_path(path);
        let Some(info) = self.path_info(path)? else {
            return Ok(false);
        };
        if fs::symlink_metadata(&real_path).is_err() {
            return Ok(false);
        }
        Ok(nar::hash_path(&real_path)?.0 == info.nar_hash)
    }

    /// Deletes an object to which nothing refers.
    ///
    /// # Errors
    /// When something does, or it cannot be deleted.
    pub fn delete(&self, path: &StorePath) -> Result<(), StoreError> {
        // Never registered and not there: the other way round a crash would leave a lie.
        self.with_database(|database| database.invalidate(path))?;
        canonical::delete(&self.layout().real_path(path))
    }
}
