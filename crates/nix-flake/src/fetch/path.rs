//! Directories of this machine.

use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix_wire::hash::Hasher;
use nix_wire::nar::Filesystem;
use nix_wire::{Hash, HashAlgorithm};

use super::{AddedTree, FetchError, Fetched, TreeFetcher, TreeSource};
use crate::reference::Input;

/// What a tree looks like from outside: if it is the same as before, so are the contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// Of names, types, sizes, times and inodes of all files.
    pub hash: Hash,
    /// The newest time of modification, in seconds since 1970.
    pub last_modified: u64,
    /// The newest time at which anything changed, names and permissions included.
    pub last_changed: i64,
}

/// Collects a [`Fingerprint`].
pub(super) struct Fingerprinter {
    hasher: Hasher,
    last_modified: i64,
    last_changed: i64,
}

impl Fingerprinter {
    pub(super) fn new() -> Fingerprinter {
        Fingerprinter {
            hasher: Hasher::new(HashAlgorithm::Sha256),
            last_modified: 0,
            last_changed: 0,
        }
    }

    pub(super) fn add(&mut self, name: &[u8], metadata: &Metadata) {
        self.last_modified = self.last_modified.max(metadata.mtime());
        self.last_changed = self
            .last_changed
            .max(metadata.mtime())
            .max(metadata.ctime());
        self.hasher.update(&(name.len() as u64).to_le_bytes());
        self.hasher.update(name);
        for number in [
            u64::from(metadata.mode()),
            metadata.size(),
            metadata.ino(),
            metadata.dev(),
            metadata.mtime().cast_unsigned(),
            metadata.mtime_nsec().cast_unsigned(),
            metadata.ctime().cast_unsigned(),
            metadata.ctime_nsec().cast_unsigned(),
        ] {
            self.hasher.update(&number.to_le_bytes());
        }
    }

    pub(super) fn finish(self) -> Fingerprint {
        Fingerprint {
            hash: self.hasher.finish(),
            last_modified: u64::try_from(self.last_modified).unwrap_or(0),
            last_changed: self.last_changed,
        }
    }
}

/// Looks at all files at and below a path, without reading them.
///
/// # Errors
/// When a directory cannot be read.
pub fn fingerprint_of_tree(root: &Path) -> Result<Fingerprint, FetchError> {
    let mut fingerprinter = Fingerprinter::new();
    let mut pending = vec![root.to_owned()];
    while let Some(path) = pending.pop() {
        let metadata =
            fs::symlink_metadata(&path).map_err(FetchError::io("getting status of", &path))?;
        fingerprinter.add(path.as_os_str().as_bytes(), &metadata);
        if metadata.is_dir() {
            let read = |error| FetchError::io("reading directory", &path)(error);
            let mut entries = fs::read_dir(&path)
                .map_err(read)?
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<Result<Vec<PathBuf>, _>>()
                .map_err(read)?;
            entries.sort_unstable();
            pending.append(&mut entries);
        }
    }
    Ok(fingerprinter.finish())
}

/// What is known of a directory but its hash.
pub(super) fn describe(input: &Input) -> Result<Input, FetchError> {
    let path = Path::new(input.attributes().required_string("path")?);
    let mut result = input.clone();
    if input.last_modified().is_none() {
        result.set("lastModified", fingerprint_of_tree(path)?.last_modified);
    }
    Ok(result)
}

/// Copies a directory to the store, unless it is a source in the store already.
pub(super) fn fetch(fetcher: &TreeFetcher, input: &Input) -> Result<Fetched, FetchError> {
    let path = Path::new(input.attributes().required_string("path")?);
    if !path.is_absolute() {
        return Err(FetchError::RelativePath(input.to_string()));
    }
    let store = fetcher.store();
    let mut result = input.clone();
    let in_store = path
        .to_str()
        .and_then(|path| store.store_dir().parse(path).ok())
        .filter(|path| path.name() == "source");
    if let Some(path) = in_store
        && let Some(nar_hash) = store.nar_hash(&path)?
    {
        if input.last_modified().is_none() {
            result.set("lastModified", 0);
        }
        let tree = AddedTree { path, nar_hash };
        return Ok(Fetched {
            tree,
            input: result,
            source: TreeSource::Elsewhere,
        });
    }
    let fingerprint = fingerprint_of_tree(path)?;
    if input.last_modified().is_none() {
        result.set("lastModified", fingerprint.last_modified);
    }
    let tree = fetcher.add_unless_unchanged(path, &fingerprint, &mut |store| {
        fetcher.tell_copying(&format!("\"{}\"", path.display()));
        store.add("source", &mut Filesystem::new(path))
    })?;
    Ok(Fetched {
        tree,
        input: result,
        source: TreeSource::Directory(path.to_owned()),
    })
}

impl TreeFetcher {
    /// Adds a tree to the store, unless it looks as it did when it was added before.
    pub(super) fn add_unless_unchanged(
        &self,
        place: &Path,
        fingerprint: &Fingerprint,
        add: &mut dyn FnMut(&dyn super::TreeStore) -> Result<AddedTree, FetchError>,
    ) -> Result<AddedTree, FetchError> {
        let store = self.store();
        let Some(cache) = &self.cache else {
            return add(store);
        };
        if let Some(nar_hash) = cache.tree(place, fingerprint) {
            let mut input = crate::reference::path_input("/");
            input.set("narHash", nar_hash.sri());
            if let Some(path) = input.store_path(store.store_dir())?
                && store.is_valid(&path)?
            {
                return Ok(AddedTree { path, nar_hash });
            }
        }
        let tree = add(store)?;
        cache.remember_tree(place, fingerprint, &tree.nar_hash);
        Ok(tree)
    }
}
