//! Several objects with what is registered of them, in one stream: what `nix-store --export` writes
//! and `--import` reads.
//!
//! For each object the number 1, its archive, a mark, its path, its references, its deriver and
//! whether a signature of an old kind follows; the number 0 ends the stream. Numbers and strings
//! are those of archives: little-endian, 8 bytes; strings are padded to a multiple of 8.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use nix_wire::hash::{HashingReader, HashingWriter};
use nix_wire::nar::{self, Filesystem};
use nix_wire::{HashAlgorithm, StorePath};
use rustix::fs::FlockOperation;

use super::resolve::references_first;
use super::{LocalStore, Result};
use crate::canonical::{self, Unpack};
use crate::error::{During, StoreError};
use crate::locks;
use nix_wire::PathInfo;

/// What stands between an archive and what is registered of it.
const MARK: u64 = 0x4558_494e;
/// Longer than any path of a store.
const LONGEST_STRING: u64 = 64 * 1024;
const MOST_REFERENCES: u64 = 1 << 20;

impl LocalStore {
    /// Writes the objects, each after those of them that it refers to.
    ///
    /// # Errors
    /// When one is not valid or not as it was registered, or the stream cannot be written.
    pub fn export_paths(&self, paths: &BTreeSet<StorePath>, sink: &mut dyn Write) -> Result<()> {
        for path in references_first(self, paths)? {
            number(sink, 1)?;
            self.export_path(&self.require(&path)?, sink)?;
        }
        number(sink, 0)?;
        sink.flush().during("write", Path::new("the export"))
    }

    fn export_path(&self, info: &PathInfo, sink: &mut dyn Write) -> Result<()> {
        let mut archive = HashingWriter::new(HashAlgorithm::Sha256, &mut *sink);
        nar::write(
            &mut Filesystem::new(self.layout.real_path(&info.path)),
            &mut archive,
        )?;
        let (hash, _, _) = archive.finish();
        if hash != info.nar_hash {
            return Err(StoreError::Changed {
                path: self.layout.print(&info.path),
                registered: info.nar_hash.sri(),
                found: hash.sri(),
            });
        }
        number(sink, MARK)?;
        string(sink, &self.layout.print(&info.path))?;
        number(sink, info.references.len() as u64)?;
        for reference in &info.references {
            string(sink, &self.layout.print(reference))?;
        }
        let deriver = info.deriver.as_ref().map(|path| self.layout.print(path));
        string(sink, &deriver.unwrap_or_default())?;
        number(sink, 0)
    }

    /// Adds the objects of such a stream, and gives them in its order. Whether the sender may be
    /// trusted is not asked.
    ///
    /// # Errors
    /// When the stream is none, or an object refers to one that is not valid. Those before it
    /// have been added.
    pub fn import_paths(&self, source: &mut dyn Read) -> Result<Vec<StorePath>> {
        self.create()?;
        let mut paths = Vec::new();
        loop {
            match read_number(source)? {
                0 => return Ok(paths),
                1 => paths.push(self.import_path(source)?),
                _ => return Err(StoreError::NoExport),
            }
        }
    }

    fn import_path(&self, source: &mut dyn Read) -> Result<StorePath> {
        // Its path comes after it.
        let staging = Staging::create(self)?;
        let unpacked = staging.directory.join("object");
        let mut archive = HashingReader::new(HashAlgorithm::Sha256, source);
        nar::read(&mut archive, &mut Unpack::at(&unpacked))?;
        let (hash, size, source) = archive.finish();
        if read_number(source)? != MARK {
            return Err(StoreError::NoExport);
        }
        let path = self.store_dir().parse(&read_string(source)?)?;
        let mut info = PathInfo::new(path, hash, size);
        let count = read_number(source)?;
        if count > MOST_REFERENCES {
            return Err(StoreError::NoExport);
        }
        for _ in 0..count {
            let reference = self.store_dir().parse(&read_string(source)?)?;
            info.references.insert(reference);
        }
        let deriver = read_string(source)?;
        if !deriver.is_empty() {
            info.deriver = Some(self.store_dir().parse(&deriver)?);
        }
        if read_number(source)? == 1 {
            read_string(source)?;
        }
        self.place(&info, &unpacked)?;
        Ok(info.path)
    }

    /// Moves an unpacked tree to its path and registers it, unless it is valid already.
    fn place(&self, info: &PathInfo, unpacked: &Path) -> Result<()> {
        self.add_temporary_roots(info.references.iter().chain([&info.path]))?;
        if self.is_valid(&info.path)? {
            return Ok(());
        }
        let real_path = self.layout.real_path(&info.path);
        let _locks = self.lock_paths([real_path.clone()], &mut |_| true)?;
        if self.is_valid(&info.path)? {
            return Ok(());
        }
        let missing = info
            .references
            .iter()
            .filter(|reference| **reference != info.path)
            .find_map(|reference| match self.is_valid(reference) {
                Ok(true) => None,
                Ok(false) => Some(Err(StoreError::InvalidPath(self.layout.print(reference)))),
                Err(error) => Some(Err(error)),
            });
        if let Some(error) = missing {
            return error;
        }
        canonical::delete(&real_path)?;
        move_tree(unpacked, &real_path)?;
        if let Err(error) = self.register(std::slice::from_ref(info)) {
            canonical::delete(&real_path)?;
            return Err(error);
        }
        self.optimise_if_wanted(&info.path)
    }
}

/// Moves a tree in canonical form. Whoever is not root may move only directories that he may write.
fn move_tree(from: &Path, to: &Path) -> Result<()> {
    let is_directory = fs::symlink_metadata(from).during("examine", from)?.is_dir();
    if is_directory {
        fs::set_permissions(from, Permissions::from_mode(0o755)).during("change", from)?;
    }
    fs::rename(from, to).during("create", to)?;
    if is_directory {
        fs::set_permissions(to, Permissions::from_mode(0o555)).during("change", to)?;
        canonical::set_times(to)?;
    }
    Ok(())
}

/// A directory in the store's, deleted when this is dropped. It is locked, so that no collection
/// takes it for one that a killed process left.
struct Staging {
    directory: PathBuf,
    _lock: File,
}

impl Staging {
    fn create(store: &LocalStore) -> Result<Staging> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let name = format!("tmp-{}-{number}", std::process::id());
            let directory = store.layout.real_store_dir.join(name);
            match fs::create_dir(&directory) {
                Ok(()) => {}
                // Of a process with the same number that was killed.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error).during("create directory", &directory),
            }
            let Ok(lock) = File::open(&directory) else {
                // A collection was quicker than the lock.
                continue;
            };
            locks::lock(&lock, &directory, FlockOperation::LockExclusive)?;
            if directory.exists() {
                return Ok(Staging {
                    directory,
                    _lock: lock,
                });
            }
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What stays is deleted by the next collection.
        let _ = canonical::delete(&self.directory);
    }
}

fn number(sink: &mut dyn Write, number: u64) -> Result<()> {
    sink.write_all(&number.to_le_bytes())
        .during("write", Path::new("the export"))
}

fn string(sink: &mut dyn Write, text: &str) -> Result<()> {
    number(sink, text.len() as u64)?;
    let mut padded = text.as_bytes().to_vec();
    padded.resize(text.len().next_multiple_of(8), 0);
    sink.write_all(&padded)
        .during("write", Path::new("the export"))
}

fn read_number(source: &mut dyn Read) -> Result<u64> {
    let mut bytes = [0; 8];
    read_exact(source, &mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn read_string(source: &mut dyn Read) -> Result<String> {
    let length = read_number(source)?;
    if length > LONGEST_STRING {
        return Err(StoreError::NoExport);
    }
    let length = usize::try_from(length).map_err(|_| StoreError::NoExport)?;
    let mut bytes = vec![0; length.next_multiple_of(8)];
    read_exact(source, &mut bytes)?;
    bytes.truncate(length);
    String::from_utf8(bytes).map_err(|_| StoreError::NoExport)
}

fn read_exact(source: &mut dyn Read, bytes: &mut [u8]) -> Result<()> {
    source
        .read_exact(bytes)
        .during("read", Path::new("the export"))
}
