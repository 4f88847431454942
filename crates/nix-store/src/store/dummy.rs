//! A store in which nothing is, for evaluating without one.

use std::io::{Read, Write};

use nix_wire::{PathInfo, StoreDir, StorePath};

use super::{Import, Result, Store};
use crate::error::StoreError;

/// A store in which nothing is and nothing can be put.
#[derive(Debug, Clone)]
pub struct DummyStore {
    store_dir: StoreDir,
}

impl DummyStore {
    /// One whose paths begin with this directory.
    #[must_use]
    pub fn new(store_dir: StoreDir) -> DummyStore {
        DummyStore { store_dir }
    }
}

impl Store for DummyStore {
    fn uri(&self) -> String {
        "dummy://".to_owned()
    }

    fn store_dir(&self) -> &StoreDir {
        &self.store_dir
    }

    fn connect(&self) -> Result<()> {
        Ok(())
    }

    fn path_info(&self, _path: &StorePath) -> Result<Option<PathInfo>> {
        Ok(None)
    }

    fn export_archive(&self, path: &StorePath, _sink: &mut dyn Write) -> Result<()> {
        Err(StoreError::InvalidPath(self.store_dir.print(path)))
    }

    fn import(&self, _info: &PathInfo, _source: &mut dyn Read, _how: Import) -> Result<()> {
        Err(self.unsupported("addToStore"))
    }
}
