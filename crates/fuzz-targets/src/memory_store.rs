//! A store in memory, to be served to hostile clients.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix_store::store::{Import, Store};
use nix_store::{StoreError, Text};
use nix_wire::nar::{NarError, Skip, read};
use nix_wire::{Hash, PathInfo, StoreDir, StorePath};

type Result<T> = std::result::Result<T, StoreError>;

type Objects = BTreeMap<StorePath, (PathInfo, Vec<u8>)>;

/// A store whose objects are archives in memory. It takes whatever is an archive.
#[derive(Debug)]
pub(crate) struct MemoryStore {
    store_dir: StoreDir,
    objects: Mutex<Objects>,
}

impl MemoryStore {
    /// One with these texts.
    pub(crate) fn with(store_dir: &StoreDir, texts: &[Text]) -> MemoryStore {
        let objects = texts.iter().map(|text| {
            let mut archive = Vec::new();
            nix_wire::nar::write_regular(false, text.contents(), &mut archive)
                .expect("memory that is written to");
            (text.path().clone(), (text.path_info(), archive))
        });
        MemoryStore {
            store_dir: store_dir.clone(),
            objects: Mutex::new(objects.collect()),
        }
    }

    fn objects(&self) -> MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn uri(&self) -> String {
        "memory".to_owned()
    }

    fn store_dir(&self) -> &StoreDir {
        &self.store_dir
    }

    fn connect(&self) -> Result<()> {
        Ok(())
    }

    fn path_info(&self, path: &StorePath) -> Result<Option<PathInfo>> {
        Ok(self.objects().get(path).map(|(info, _)| info.clone()))
    }

    fn all_valid_paths(&self) -> Result<BTreeSet<StorePath>> {
        Ok(self.objects().keys().cloned().collect())
    }

    fn path_from_hash_part(&self, hash_part: &str) -> Result<Option<StorePath>> {
        let objects = self.objects();
        Ok(objects
            .keys()
            .find(|path| path.hash_part() == hash_part)
            .cloned())
    }

    fn export_archive(&self, path: &StorePath, sink: &mut dyn Write) -> Result<()> {
        match self.objects().get(path) {
            Some((_, archive)) => Ok(sink.write_all(archive).map_err(NarError::Io)?),
            None => Err(StoreError::InvalidPath(self.store_dir.print(path))),
        }
    }

    fn import(&self, info: &PathInfo, source: &mut dyn Read, _how: Import) -> Result<()> {
        let mut archive = Vec::new();
        source
            .take(info.nar_size)
            .read_to_end(&mut archive)
            .map_err(NarError::Io)?;
        read(&mut archive.as_slice(), &mut Skip)?;
        let mut info = info.clone();
        info.nar_hash = Hash::sha256(&archive);
        info.nar_size = archive.len() as u64;
        self.objects().insert(info.path.clone(), (info, archive));
        Ok(())
    }

    fn find_roots(&self) -> Result<BTreeMap<StorePath, BTreeSet<String>>> {
        let roots = BTreeSet::from(["/proc/1/exe".to_owned(), "/home/alice/result".to_owned()]);
        let objects = self.objects();
        Ok(objects
            .keys()
            .map(|path| (path.clone(), roots.clone()))
            .collect())
    }

    fn add_signatures(&self, path: &StorePath, signatures: &[String]) -> Result<()> {
        if let Some((info, _)) = self.objects().get_mut(path) {
            info.signatures.extend(signatures.iter().cloned());
        }
        Ok(())
    }

    fn verify_store(&self, _contents: bool, _repair: bool) -> Result<bool> {
        Ok(false)
    }
}
