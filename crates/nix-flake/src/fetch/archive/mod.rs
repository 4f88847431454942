//! Archives that came from elsewhere, read into a tree without touching the file system.
//!
//! What is in the files goes to one temporary file; names, links and places in it are kept in
//! memory. So there is nothing that an archive could overwrite or climb out of, and names that
//! differ only in case or that a file system would not take are no matter.

mod tar;
mod zip;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

use nix_transfer::coding::{Compression, decode};
use nix_wire::nar::{NarError, Node, Tree};

/// The most entries that an archive may have.
const MOST_ENTRIES: usize = 10_000_000;
/// How many bytes of an archive its kind is told by.
const BEGINNING: usize = 512;

/// Why an archive cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read to its end.
    #[error("failed to extract archive ({0})")]
    Read(#[source] io::Error),
    /// An entry would be outside of the tree.
    #[error("archive has an entry '{0}' that leads out of it; it is not unpacked")]
    Outside(String),
    /// An entry is below something that is not a directory.
    #[error("archive has an entry '{0}' below a file or link; it is not unpacked")]
    BelowFile(String),
    /// A hard link to something that is not a file of the archive.
    #[error("archive has a hard link '{link}' to '{target}', which is not a file in it")]
    HardLink {
        /// The link.
        link: String,
        /// What it should be the same as.
        target: String,
    },
    /// A part of a Git repository.
    #[error("archive has an entry '{0}' of a Git repository; it is not unpacked")]
    Repository(String),
    /// A device, pipe or the like.
    #[error("archive has an entry '{0}' that is neither a file, a directory nor a link")]
    Special(String),
    /// It has more entries than anybody would want.
    #[error("archive has more than {MOST_ENTRIES} entries")]
    TooMany,
    /// It is encrypted, or compressed in a way that is not known.
    #[error("archive entry '{name}' cannot be unpacked: {reason}")]
    Unsupported {
        /// The entry.
        name: String,
        /// Why.
        reason: String,
    },
    /// It is of no known kind.
    #[error("failed to open archive: Unrecognized archive format")]
    Unknown,
}

/// Something in an archive.
#[derive(Debug, Clone)]
enum Entry {
    Directory,
    /// Bytes of the temporary file.
    File {
        executable: bool,
        offset: u64,
        size: u64,
    },
    Link(Vec<u8>),
}

/// The tree in an archive.
#[derive(Debug)]
pub struct ArchiveTree {
    entries: BTreeMap<PathBuf, Entry>,
    children: BTreeMap<PathBuf, Vec<OsString>>,
    contents: File,
    size: u64,
    /// The directory that the tree begins at.
    root: PathBuf,
    /// The newest time of modification in the archive, in seconds since 1970.
    pub last_modified: u64,
}

impl ArchiveTree {
    /// Reads an archive: `tar`, compressed or not, or `zip`. With `strip`, a single directory that
    /// everything is in is left out.
    ///
    /// # Errors
    /// When it is no archive, not whole, or has what no tree can have.
    pub fn read(
        archive: &mut (impl Read + Seek + Send),
        strip: bool,
    ) -> Result<Self, ArchiveError> {
        let mut tree = ArchiveTree {
            entries: BTreeMap::from([(PathBuf::new(), Entry::Directory)]),
            children: BTreeMap::new(),
            contents: tempfile::tempfile().map_err(ArchiveError::Read)?,
            size: 0,
            root: PathBuf::new(),
            last_modified: 0,
        };
        let mut beginning = Vec::new();
        archive
            .take(BEGINNING as u64)
            .read_to_end(&mut beginning)
            .map_err(ArchiveError::Read)?;
        archive.rewind().map_err(ArchiveError::Read)?;
        if beginning.starts_with(b"PK\x03\x04") || beginning.starts_with(b"PK\x05\x06") {
            zip::read(archive, &mut tree)?;
        } else {
            let compression = Compression::detect(&beginning);
            let decoder = decode(compression, archive).map_err(ArchiveError::Read)?;
            tar::read(decoder, &mut tree)?;
        }
        tree.list_children();
        if strip {
            tree.refuse_repositories()?;
            tree.strip();
        }
        Ok(tree)
    }

    /// Fails if there is something named `.git`: a source that is unpacked is no repository, whose
    /// configuration could name programs.
    fn refuse_repositories(&self) -> Result<(), ArchiveError> {
        let is_repository = |path: &&PathBuf| {
            let mut parts = path.iter();
            parts.any(|part| part.eq_ignore_ascii_case(".git"))
        };
        match self.entries.keys().find(is_repository) {
            Some(path) => Err(ArchiveError::Repository(path.display().to_string())),
            None => Ok(()),
        }
    }

    /// Notes the time of an entry.
    fn note_time(&mut self, seconds: u64) {
        self.last_modified = self.last_modified.max(seconds);
    }

    /// The path of an entry, without `.` and slashes at its ends.
    fn clean(name: &[u8]) -> Result<PathBuf, ArchiveError> {
        let shown = || String::from_utf8_lossy(name).into_owned();
        let mut path = PathBuf::new();
        for component in Path::new(OsStr::from_bytes(name)).components() {
            match component {
                Component::Normal(part) => path.push(part),
                Component::CurDir => {}
                _ => return Err(ArchiveError::Outside(shown())),
            }
        }
        Ok(path)
    }

    /// Adds an entry, with the directories above it.
    fn insert(&mut self, path: PathBuf, entry: Entry) -> Result<(), ArchiveError> {
        if self.entries.len() >= MOST_ENTRIES {
            return Err(ArchiveError::TooMany);
        }
        for parent in path.ancestors().skip(1) {
            match self.entries.get(parent) {
                Some(Entry::Directory) => break,
                Some(_) => return Err(ArchiveError::BelowFile(path.display().to_string())),
                None => {
                    self.entries.insert(parent.to_owned(), Entry::Directory);
                }
            }
        }
        let is_directory = matches!(entry, Entry::Directory);
        match self.entries.get(&path) {
            Some(Entry::Directory) if is_directory => Ok(()),
            Some(Entry::Directory) => Err(ArchiveError::BelowFile(path.display().to_string())),
            // A later entry of the same name takes the place of the earlier, as when unpacking.
            _ => {
                self.entries.insert(path, entry);
                Ok(())
            }
        }
    }

    /// Copies the contents of a file aside.
    fn spool(&mut self, reader: &mut impl Read, executable: bool) -> Result<Entry, ArchiveError> {
        let offset = self.size;
        let size = io::copy(reader, &mut self.contents).map_err(ArchiveError::Read)?;
        self.size += size;
        Ok(Entry::File {
            executable,
            offset,
            size,
        })
    }

    fn list_children(&mut self) {
        for path in self.entries.keys() {
            if let (Some(parent), Some(name)) = (path.parent(), path.file_name()) {
                self.children
                    .entry(parent.to_owned())
                    .or_default()
                    .push(name.to_owned());
            }
        }
    }

    /// Begins at the only directory, if there is nothing beside it.
    fn strip(&mut self) {
        let top = self.children.get(Path::new("")).map(Vec::as_slice);
        if let Some([only]) = top
            && matches!(self.entries.get(Path::new(only)), Some(Entry::Directory))
        {
            self.root = PathBuf::from(only);
        }
    }
}

impl Tree for ArchiveTree {
    fn node(&mut self, path: &Path) -> Result<Node, NarError> {
        let full = full(&self.root, path);
        match self.entries.get(&full) {
            Some(Entry::Directory) => {
                let names = self.children.get(&full).into_iter().flatten();
                let entries = names.map(|name| name.clone().into_vec()).collect();
                Ok(Node::Directory { entries })
            }
            Some(Entry::File {
                executable, size, ..
            }) => Ok(Node::Regular {
                executable: *executable,
                size: *size,
            }),
            Some(Entry::Link(target)) => Ok(Node::Symlink {
                target: target.clone(),
            }),
            None => Err(NarError::File {
                path: full,
                error: io::ErrorKind::NotFound.into(),
            }),
        }
    }

    fn copy_contents(&mut self, path: &Path, sink: &mut dyn Write) -> Result<(), NarError> {
        let full = full(&self.root, path);
        if let Some(Entry::File { offset, size, .. }) = self.entries.get(&full) {
            self.contents.seek(SeekFrom::Start(*offset))?;
            io::copy(&mut (&self.contents).take(*size), sink)?;
        }
        Ok(())
    }
}

/// Joins without that an empty path leaves a slash.
fn full(root: &Path, path: &Path) -> PathBuf {
    match path.as_os_str().is_empty() {
        true => root.to_owned(),
        false => root.join(path),
    }
}
