//! Compiled files, kept on disk from one evaluation to the next.
//!
//! A unit is found by the text that it was compiled from, or without reading that, by the identity
//! of the file: device, inode, size, and the times at which contents and inode last changed. A file
//! that changed in the last moments has no identity: it could change again within the same tick of
//! the clock.

mod pack;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix_eval::unit::{CompiledFiles, Unit};
use nix_wire::{Hash, HashAlgorithm};

use pack::{Addition, Key, Pack};

/// More than the ticks of any clock by which file systems note changes.
const TOO_RECENT: Duration = Duration::from_secs(2);

/// The compiled files of a cache directory.
pub(crate) struct Compiled {
    pack: Pack,
    /// See [`nix_eval::Settings::syntax`].
    syntax: u32,
    /// A file that changed this recently has no identity.
    too_recent: Duration,
    additions: RefCell<Vec<Addition>>,
}

impl Compiled {
    pub(crate) fn open(cache: &Path, syntax: u32) -> Compiled {
        Compiled {
            pack: Pack::open(&cache.join("compiled")),
            syntax,
            too_recent: TOO_RECENT,
            additions: RefCell::default(),
        }
    }

    fn text_key(&self, text: &[u8]) -> Key {
        let mut hasher = nix_wire::hash::Hasher::new(HashAlgorithm::Blake3);
        hasher.update(&self.syntax.to_le_bytes());
        hasher.update(text);
        key_of(&hasher.finish())
    }

    fn identity(&self, path: &Path) -> Option<Key> {
        let metadata = fs::symlink_metadata(path).ok()?;
        let changed = [
            (metadata.mtime(), metadata.mtime_nsec()),
            (metadata.ctime(), metadata.ctime_nsec()),
        ];
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        let newest = now.checked_sub(self.too_recent)?.as_secs() as i64;
        if !metadata.is_file() || changed.iter().any(|&(seconds, _)| seconds > newest) {
            return None;
        }
        let mut hasher = nix_wire::hash::Hasher::new(HashAlgorithm::Blake3);
        let mut add = |number: u64| hasher.update(&number.to_le_bytes());
        add(u64::from(self.syntax));
        add(metadata.dev());
        add(metadata.ino());
        add(metadata.size());
        for (seconds, nanoseconds) in changed {
            add(seconds.cast_unsigned());
            add(nanoseconds.cast_unsigned());
        }
        Some(key_of(&hasher.finish()))
    }

    /// Writes what is new.
    fn save(&self) {
        let additions = self.additions.take();
        if !additions.is_empty() {
            // Without it the next evaluation is slower, and nothing else.
            let _ = self.pack.add(&additions);
        }
    }
}

fn key_of(hash: &Hash) -> Key {
    let mut key = [0; 4];
    for (word, bytes) in key.iter_mut().zip(hash.digest().as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    key
}

impl CompiledFiles for Compiled {
    fn find(&self, path: &Path) -> Option<Unit> {
        self.pack.by_file(&self.identity(path)?)
    }

    fn find_text(&self, path: &Path, text: &[u8]) -> Option<Unit> {
        let key = self.text_key(text);
        let unit = self.pack.by_key(&key)?;
        if let Some(file) = self.identity(path) {
            self.additions.borrow_mut().push(Addition {
                key,
                file: Some(file),
                words: None,
            });
        }
        Some(unit)
    }

    fn keep(&self, path: &Path, text: &[u8], unit: &Unit) {
        self.additions.borrow_mut().push(Addition {
            key: self.text_key(text),
            file: self.identity(path),
            words: Some(unit.words().into()),
        });
    }
}

impl Drop for Compiled {
    fn drop(&mut self) {
        self.save();
    }
}
