//! Objects of a store with another directory. Their paths are other ones; what is known by its
//! contents and refers to nothing can be had nevertheless.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};

use nix_wire::store_path::References;
use nix_wire::{ContentAddress, StoreDir, StorePath};

use crate::PathInfo;
use crate::error::StoreError;
use crate::local::lock;
use crate::store::{Import, Store};

type Result<T> = std::result::Result<T, StoreError>;

/// The contents of objects that are going to be asked for.
#[derive(Debug, Clone, Default)]
pub struct Expected(Arc<Mutex<BTreeMap<StorePath, ContentAddress>>>);

impl Expected {
    /// That an object, if it is anywhere, has this content address.
    pub fn insert(&self, path: StorePath, address: ContentAddress) {
        lock(&self.0).insert(path, address);
    }

    fn get(&self, path: &StorePath) -> Option<ContentAddress> {
        lock(&self.0).get(path).copied()
    }
}

/// A store as if its directory were another one; it has only what is expected.
#[derive(Debug)]
pub struct Renamed {
    inner: Arc<dyn Store>,
    store_dir: StoreDir,
    expected: Expected,
}

impl Renamed {
    /// Gives the objects of a store the paths that they have in this directory.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, store_dir: StoreDir, expected: Expected) -> Renamed {
        Renamed {
            inner,
            store_dir,
            expected,
        }
    }

    /// The path by which the store knows an object, and its content address.
    fn inner_path(&self, path: &StorePath) -> Option<(StorePath, ContentAddress)> {
        let address = self.expected.get(path)?;
        let inner = self
            .inner
            .store_dir()
            .content_path(
                path.name(),
                address.method,
                &address.hash,
                References::default(),
            )
            .ok()?;
        Some((inner, address))
    }

    fn require_inner(&self, path: &StorePath) -> Result<StorePath> {
        self.inner_path(path)
            .map(|(path, _)| path)
            .ok_or_else(|| StoreError::InvalidPath(self.store_dir.print(path)))
    }
}

impl Store for Renamed {
    fn uri(&self) -> String {
        self.inner.uri()
    }

    fn store_dir(&self) -> &StoreDir {
        &self.store_dir
    }

    fn connect(&self) -> Result<()> {
        self.inner.connect()
    }

    fn path_info(&self, path: &StorePath) -> Result<Option<PathInfo>> {
        let Some((inner, address)) = self.inner_path(path) else {
            return Ok(None);
        };
        let info = self.inner.path_info(&inner)?;
        let info = info.filter(|info| info.references.is_empty());
        Ok(info.map(|info| {
            let mut renamed = PathInfo::new(path.clone(), info.nar_hash, info.nar_size);
            renamed.content_address = Some(address);
            renamed
        }))
    }

    fn export_archive(&self, path: &StorePath, sink: &mut dyn Write) -> Result<()> {
        self.inner.export_archive(&self.require_inner(path)?, sink)
    }

    fn open_archive(&self, info: &PathInfo) -> Result<Option<Box<dyn Read + Send + '_>>> {
        let inner = PathInfo {
            path: self.require_inner(&info.path)?,
            ..info.clone()
        };
        self.inner.open_archive(&inner)
    }

    fn import(&self, _: &PathInfo, _: &mut dyn Read, _: Import) -> Result<()> {
        Err(self.unsupported("addToStore"))
    }
}

#[cfg(test)]
mod tests {
    use nix_wire::nar::Filesystem;
    use nix_wire::{ContentAddressMethod, HashAlgorithm};

    use super::*;
    use crate::testing::TestStore;

    #[test]
    fn what_is_known_by_its_contents_has_a_path_in_every_store() {
        let store = TestStore::new();
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("file");
        std::fs::write(&file, "contents").expect("written");
        let method = ContentAddressMethod::Flat;
        let added = store
            .add_tree(
                "file",
                &mut Filesystem::new(&file),
                method,
                HashAlgorithm::Sha256,
            )
            .expect("added");
        let address = added.content_address.expect("an address");
        let other = StoreDir::new("/fnord/store").expect("a directory");
        let path = other
            .content_path("file", method, &address.hash, References::default())
            .expect("a path");
        let expected = Expected::default();
        let renamed = Renamed::new(Arc::new(store.reopened()), other, expected.clone());
        assert_eq!(renamed.path_info(&path).expect("asked"), None);
        expected.insert(path.clone(), address);
        let info = renamed.path_info(&path).expect("asked").expect("there");
        assert_eq!((&info.path, info.nar_hash), (&path, added.nar_hash));
        let mut archive = Vec::new();
        renamed
            .export_archive(&path, &mut archive)
            .expect("an archive");
        assert_eq!(archive.len() as u64, info.nar_size);
    }
}
