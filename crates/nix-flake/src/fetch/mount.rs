//! Trees that are read where they are, instead of being copied to the store first.
//!
//! What is seen is what a copy would have: all files of a directory, or those of a Git working tree
//! that Git tracks and that are there.

use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix_wire::store_path::{StorePath, StorePathError};

use super::git::Index;
use super::path::Fingerprinter;
use super::{FetchError, Fingerprint};

/// What is at a path of a mounted tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountedKind {
    /// A file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// Something that cannot be in the store.
    Other,
}

impl MountedKind {
    fn of(metadata: &Metadata) -> MountedKind {
        if metadata.is_symlink() {
            MountedKind::Symlink
        } else if metadata.is_dir() {
            MountedKind::Directory
        } else if metadata.is_file() {
            MountedKind::Regular
        } else {
            MountedKind::Other
        }
    }
}

/// The directories below a root that are reached without links. A file behind a link is not part of the
/// tree, although the system would find it.
#[derive(Debug, Default)]
pub(super) struct RealDirectories {
    known: RefCell<HashSet<PathBuf>>,
}

impl RealDirectories {
    /// Returns whether a directory is reached from the root without links.
    pub(super) fn has(&self, root: &Path, directory: &Path) -> io::Result<bool> {
        if directory.as_os_str().is_empty() || self.known.borrow().contains(directory) {
            return Ok(true);
        }
        let parent = directory.parent().unwrap_or(Path::new(""));
        let is_real = self.has(root, parent)?
            && metadata_of(&root.join(directory))?.is_some_and(|metadata| metadata.is_dir());
        if is_real {
            self.known.borrow_mut().insert(directory.to_owned());
        }
        Ok(is_real)
    }

    /// Returns the metadata of what is at a path, if it is reached without links.
    pub(super) fn metadata(&self, root: &Path, path: &Path) -> io::Result<Option<Metadata>> {
        match self.has(root, path.parent().unwrap_or(Path::new("")))? {
            true => metadata_of(&root.join(path)),
            false => Ok(None),
        }
    }
}

/// A tree that is read where it is.
#[derive(Debug)]
pub struct MountedTree {
    root: PathBuf,
    /// Stands for the hash in the store path of a copy.
    key: [u8; 20],
    directories: RealDirectories,
    /// The files that Git tracks, if only those are seen.
    index: Option<Index>,
}

impl MountedTree {
    /// All files at and below a directory.
    #[must_use]
    pub fn directory(root: impl Into<PathBuf>) -> MountedTree {
        MountedTree {
            root: root.into(),
            key: random_key(),
            directories: RealDirectories::default(),
            index: None,
        }
    }

    /// The tracked files of a Git working tree.
    ///
    /// # Errors
    /// When it is none, or its index cannot be read.
    pub fn working_tree(root: impl Into<PathBuf>) -> Result<MountedTree, FetchError> {
        let root = root.into();
        Ok(MountedTree {
            index: Some(Index::of(&root)?),
            key: random_key(),
            directories: RealDirectories::default(),
            root,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the path that stands for the one that a copy would have in the store. It is another one for
    /// each value, so that nothing can be learned from it.
    ///
    /// # Errors
    /// If the name is invalid.
    pub fn stand_in_path(&self, name: &str) -> Result<StorePath, StorePathError> {
        StorePath::new(&self.key, name)
    }

    /// How many files it has, if that is known without looking.
    #[must_use]
    pub fn file_count(&self) -> Option<usize> {
        self.index.as_ref().map(Index::len)
    }

    /// Where a path of the tree is.
    #[must_use]
    pub fn real_path(&self, path: &Path) -> PathBuf {
        match path.as_os_str().is_empty() {
            true => self.root.clone(),
            false => self.root.join(path),
        }
    }

    /// What is at a path; `None` if nothing is. Links are not followed: below one is nothing.
    ///
    /// # Errors
    /// When the file system does not say.
    pub fn kind(&self, path: &Path) -> io::Result<Option<MountedKind>> {
        if path.as_os_str().is_empty() {
            return Ok(Some(MountedKind::Directory));
        }
        let Some(index) = &self.index else {
            return self.kind_in_directory(path);
        };
        if index.has(path.as_os_str().as_bytes())
            && let Some(kind) = self.tracked_kind(path)?
        {
            return Ok(Some(kind));
        }
        Ok(self
            .has_tracked_below(path)?
            .then_some(MountedKind::Directory))
    }

    /// Returns what a tracked file is, if it is there and not behind a link.
    fn tracked_kind(&self, path: &Path) -> io::Result<Option<MountedKind>> {
        let kind = self.kind_in_directory(path)?;
        Ok(kind.filter(|kind| matches!(kind, MountedKind::Regular | MountedKind::Symlink)))
    }

    fn kind_in_directory(&self, path: &Path) -> io::Result<Option<MountedKind>> {
        let found = self.directories.metadata(&self.root, path)?;
        Ok(found.map(|metadata| MountedKind::of(&metadata)))
    }

    /// Whether a tracked file is below a path.
    fn has_tracked_below(&self, path: &Path) -> io::Result<bool> {
        let Some(index) = &self.index else {
            return Ok(false);
        };
        for name in index.below(path.as_os_str().as_bytes()) {
            if self
                .tracked_kind(Path::new(OsStr::from_bytes(name)))?
                .is_some()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The entries of a directory, by name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn entries(&self, path: &Path) -> io::Result<Vec<(Vec<u8>, MountedKind)>> {
        let mut entries = Vec::new();
        match &self.index {
            None => {
                for entry in fs::read_dir(self.real_path(path))? {
                    let entry = entry?;
                    let kind = MountedKind::of(&entry.metadata()?);
                    entries.push((entry.file_name().into_vec(), kind));
                }
                entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            }
            Some(index) => {
                for name in index.names_in(path.as_os_str().as_bytes()) {
                    if let Some(kind) = self.kind(&path.join(OsStr::from_bytes(&name)))? {
                        entries.push((name, kind));
                    }
                }
            }
        }
        Ok(entries)
    }

    /// What a file or a directory with all that is below it looks like from outside.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn fingerprint(&self, path: &Path) -> io::Result<Fingerprint> {
        let mut fingerprinter = Fingerprinter::new();
        let mut pending = VecDeque::from([path.to_owned()]);
        while let Some(path) = pending.pop_front() {
            let metadata = fs::symlink_metadata(self.real_path(&path))?;
            if metadata.is_dir() {
                let entries = self.entries(&path)?;
                pending.extend(
                    entries
                        .iter()
                        .map(|(name, _)| path.join(OsStr::from_bytes(name))),
                );
                continue;
            }
            fingerprinter.add(path.as_os_str().as_bytes(), &metadata);
        }
        Ok(fingerprinter.finish())
    }

    /// Whether the owner may execute a file.
    ///
    /// # Errors
    /// When it is not there.
    pub fn is_executable(&self, path: &Path) -> io::Result<bool> {
        Ok(fs::symlink_metadata(self.real_path(path))?.mode() & 0o100 != 0)
    }
}

/// The metadata of what is at a path, if anything is.
fn metadata_of(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Returns bytes that programs cannot foresee.
fn random_key() -> [u8; 20] {
    let mut key = [0; 20];
    for chunk in key.chunks_mut(8) {
        let bytes = RandomState::new().hash_one(chunk.len()).to_le_bytes();
        chunk.copy_from_slice(&bytes[..chunk.len()]);
    }
    key
}
