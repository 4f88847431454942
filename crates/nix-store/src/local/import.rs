//! Archives into and out of the store.

use std::io::{Read, Write};
use std::path::Path;

use nix_wire::hash::HashingReader;
use nix_wire::nar::{self, Filesystem};
use nix_wire::store_path::References;
use nix_wire::{ContentAddressMethod, Hash, HashAlgorithm, StorePath};

use super::add::hash_file;
use super::{Dump, LocalStore, Result};
use crate::build::{Cancellation, archive_hash};
use crate::canonical::{self, Unpack};
use crate::error::StoreError;
use crate::store::Store;
use crate::substitute::{Fetch, Unobserved, fetch};
use nix_wire::PathInfo;

/// How many objects of another store come at the same time.
const IMPORT_THREADS: usize = 8;

impl LocalStore {
    /// Writes the archive of a valid object.
    ///
    /// # Errors
    /// When it is not valid, or cannot be read or written.
    pub fn export_archive(&self, path: &StorePath, sink: &mut dyn Write) -> Result<()> {
        self.require(path)?;
        Ok(nar::write(
            &mut Filesystem::new(self.layout.real_path(path)),
            sink,
        )?)
    }

    /// Adds the object of this archive. Its references have to be valid. Whether the caller may be
    /// trusted is not asked; hash, size and content address are checked.
    ///
    /// # Errors
    /// When the archive is not the one that `info` describes.
    pub fn import_archive(&self, info: &PathInfo, source: &mut dyn Read) -> Result<()> {
        self.add_temporary_roots([&info.path])?;
        if self.is_valid(&info.path)? {
            return Ok(());
        }
        let real_path = self.layout.real_path(&info.path);
        let _locks = self.lock_object(&info.path, &mut |_| true)?;
        if self.is_valid(&info.path)? {
            return Ok(());
        }
        canonical::delete(&real_path)?;
        let mut source = HashingReader::new(HashAlgorithm::Sha256, source);
        let checked = nar::read(&mut source, &mut Unpack::at(&real_path))
            .map_err(StoreError::from)
            .and_then(|()| {
                let (hash, size, _) = source.finish();
                self.check_archive(info, &real_path, hash, size)
            })
            .and_then(|()| self.register(std::slice::from_ref(info)));
        if let Err(error) = checked {
            canonical::delete(&real_path)?;
            return Err(error);
        }
        self.optimise_if_wanted(&info.path)
    }

    /// Adds objects of another store in parallel, each of which comes after those that it refers
    /// to.
    pub(crate) fn import_all(&self, source: &dyn Store, infos: &[PathInfo]) -> Result<()> {
        let items: Vec<Fetch<'_>> = infos
            .iter()
            .map(|info| Fetch {
                path: &info.path,
                offers: vec![(source, info)],
            })
            .collect();
        let cancellation = Cancellation::new();
        let failed = fetch(self, &items, IMPORT_THREADS, &cancellation, &Unobserved)?;
        let mut errors = failed.into_iter();
        match errors.find_map(|failed| failed.error) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Compares the archive of an object, which was unpacked at `place`, with what was said of it.
    pub(crate) fn check_archive(
        &self,
        info: &PathInfo,
        place: &Path,
        hash: Hash,
        size: u64,
    ) -> Result<()> {
        let mismatch = |what, specified: String, found: String| StoreError::Mismatch {
            what,
            path: self.layout.print(&info.path),
            specified,
            found,
        };
        if hash != info.nar_hash {
            return Err(mismatch("hash", info.nar_hash.sri(), hash.sri()));
        }
        if size != info.nar_size {
            return Err(mismatch(
                "size",
                info.nar_size.to_string(),
                size.to_string(),
            ));
        }
        self.check_content_address(info, place)
    }

    /// An object that says it is known by its contents has to have the path that follows.
    fn check_content_address(&self, info: &PathInfo, place: &Path) -> Result<()> {
        let Some(address) = &info.content_address else {
            return Ok(());
        };
        let others: Vec<StorePath> = info
            .references
            .iter()
            .filter(|path| **path != info.path)
            .cloned()
            .collect();
        let to_itself = others.len() != info.references.len();
        let path = self.store_dir().content_path(
            info.path.name(),
            address.method,
            &address.hash,
            References {
                others: &others,
                to_itself,
            },
        )?;
        let found = match address.method {
            // Its references to itself cannot be part of what they follow from.
            ContentAddressMethod::NixArchive if to_itself => {
                archive_hash(place, address.hash.algorithm(), info.path.hash_part())?
            }
            ContentAddressMethod::NixArchive
                if address.hash.algorithm() == HashAlgorithm::Sha256 =>
            {
                info.nar_hash
            }
            ContentAddressMethod::Flat | ContentAddressMethod::Text => {
                let mut tree = Filesystem::new(place);
                hash_file(&mut tree, address.hash.algorithm())?
            }
            _ => {
                let mut tree = Filesystem::new(place);
                Dump::of(&mut tree, address.method, address.hash.algorithm(), 0)?
                    .address
                    .hash
            }
        };
        let mismatch = |specified, found| StoreError::Mismatch {
            what: "content address",
            path: self.layout.print(&info.path),
            specified,
            found,
        };
        if path != info.path {
            let [specified, found] = [&info.path, &path].map(|path| self.layout.print(path));
            return Err(mismatch(specified, found));
        }
        if found != address.hash {
            return Err(mismatch(address.hash.sri(), found.sri()));
        }
        Ok(())
    }
}
