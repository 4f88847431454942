//! A good copy of an object in place of one that was changed or is gone.

use std::collections::BTreeSet;

use nix_wire::{Hash, HashAlgorithm, StorePath};

use super::fetch::{is_local, unpack_to};
use super::{Result, Substituters, plan};
use crate::PathInfo;
use crate::build::Cancellation;
use crate::canonical;
use crate::error::StoreError;
use crate::local::LocalStore;

impl Substituters {
    /// Puts a copy of a registered object in its place, if some store has one that may be taken, and
    /// says whether it did. What is there stays until the copy has come and was checked. Copies of
    /// what was registered are preferred; another one is registered in its place.
    ///
    /// # Errors
    /// When it was stopped, or `store` fails.
    pub fn repair(
        &self,
        store: &LocalStore,
        path: &StorePath,
        cancellation: &Cancellation,
    ) -> Result<bool> {
        store.add_temporary_roots([path])?;
        let _lock = store.lock_object(path, &mut |file| {
            self.observer.waiting(file);
            !cancellation.is_cancelled()
        })?;
        let Some(registered) = store.path_info(path)? else {
            return Ok(false);
        };
        let real_path = store.layout().real_path(path);
        // A path like those of builds, so that what a process that dies leaves is collected.
        let zero = Hash::zero(HashAlgorithm::Sha256);
        let kind = format!("repair:{}", path.base_name());
        let copy = store.store_dir().make_path(&kind, &zero, path.name())?;
        store.add_temporary_roots([&copy])?;
        let copy = store.layout().real_path(&copy);
        for (index, info) in self.copies(store, &registered)? {
            let from = &*self.list[index].store;
            self.observer.copying(path, &from.uri(), info.nar_size);
            canonical::delete(&copy)?;
            let result = unpack_to(store, from, &info, &copy);
            if let Err(error) = result {
                canonical::delete(&copy)?;
                if cancellation.is_cancelled() {
                    return Err(StoreError::Interrupted);
                }
                if is_local(&error) {
                    return Err(error);
                }
                self.observer.warning(&error.to_string());
                continue;
            }
            canonical::replace(&copy, &real_path)?;
            if info.nar_hash != registered.nar_hash {
                let info = PathInfo {
                    ultimate: false,
                    ..info
                };
                store.register(std::slice::from_ref(&info))?;
            }
            self.observer.copied(path, registered.nar_size);
            store.optimise_if_wanted(path)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Who has what may take the place of an object, in the order in which it is tried. It may
    /// refer to nothing that is not valid.
    fn copies(&self, store: &LocalStore, registered: &PathInfo) -> Result<Vec<(usize, PathInfo)>> {
        let paths = BTreeSet::from([registered.path.clone()]);
        let mut copies = Vec::new();
        for index in 0..self.list.len() {
            for info in plan::acceptable(self, store, index, &paths).into_values() {
                let valid = store.valid_among(&info.references)?;
                if valid.len() == info.references.len() {
                    copies.push((index, info));
                }
            }
        }
        copies.sort_by_key(|(_, info)| info.nar_hash != registered.nar_hash);
        Ok(copies)
    }
}
