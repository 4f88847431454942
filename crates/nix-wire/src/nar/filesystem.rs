//! A tree of the file system.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, File, FileType};
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use super::{CASE_HACK, NarError, Node, Tree};

const BUFFER: usize = 128 * 1024;

/// Says by full path and type whether an entry is taken.
type Filter<'a> = Box<dyn FnMut(&Path, FileType) -> io::Result<bool> + 'a>;

/// The tree at a path, which is itself not followed when it is a link.
pub struct Filesystem<'a> {
    root: PathBuf,
    filter: Option<Filter<'a>>,
    /// The file whose node was asked for last.
    open: Option<(File, u64)>,
    buffer: Vec<u8>,
    /// Where entries with another name in the archive are; absent unless there may be such.
    renamed: Option<HashMap<PathBuf, PathBuf>>,
}

impl<'a> Filesystem<'a> {
    /// Everything at and below this path.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Filesystem<'a> {
        Filesystem {
            root: root.into(),
            filter: None,
            open: None,
            buffer: Vec::new(),
            renamed: None,
        }
    }

    /// As it was before [`Restore`] gave some names an ending.
    ///
    /// [`Restore`]: super::Restore
    #[must_use]
    pub fn with_case_hack(mut self) -> Filesystem<'a> {
        self.renamed = Some(HashMap::new());
        self
    }

    /// Of it only what the filter wants. It is asked about each entry of a directory that was
    /// taken, by full path, not about the root.
    #[must_use]
    pub fn filtered(
        root: impl Into<PathBuf>,
        filter: impl FnMut(&Path, FileType) -> io::Result<bool> + 'a,
    ) -> Filesystem<'a> {
        Filesystem {
            filter: Some(Box::new(filter)),
            ..Filesystem::new(root)
        }
    }

    /// The root itself must not get a slash at the end: it may be a file.
    fn full_path(&self, path: &Path) -> PathBuf {
        if path.as_os_str().is_empty() {
            return self.root.clone();
        }
        match self.renamed.as_ref().and_then(|renamed| renamed.get(path)) {
            Some(renamed) => renamed.clone(),
            None => match (path.parent(), path.file_name(), &self.renamed) {
                // A directory above it may have another name.
                (Some(parent), Some(name), Some(_)) => self.full_path(parent).join(name),
                _ => self.root.join(path),
            },
        }
    }

    /// Takes the endings off the names of a directory's entries.
    fn rename(&mut self, path: &Path, entries: &mut [Vec<u8>]) -> Result<(), NarError> {
        let full = self.full_path(path);
        let Some(renamed) = &mut self.renamed else {
            return Ok(());
        };
        let mut seen = HashMap::new();
        for name in entries {
            let written = name.clone();
            if let Some(end) = name
                .windows(CASE_HACK.len())
                .position(|part| part == CASE_HACK.as_bytes())
            {
                name.truncate(end);
                renamed.insert(path.join(os_str(name)), full.join(os_str(&written)));
            }
            if let Some(other) = seen.insert(name.clone(), written.clone()) {
                return Err(NarError::CaseCollision {
                    name: String::from_utf8_lossy(&written).into_owned(),
                    other: String::from_utf8_lossy(&other).into_owned(),
                });
            }
        }
        Ok(())
    }
}

fn entries(path: &Path) -> Result<Vec<Vec<u8>>, NarError> {
    fs::read_dir(path)
        .and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.file_name().into_vec()))
                .collect()
        })
        .map_err(NarError::file(path))
}

impl std::fmt::Debug for Filesystem<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Filesystem")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

impl Tree for Filesystem<'_> {
    fn node(&mut self, path: &Path) -> Result<Node, NarError> {
        let full = self.full_path(path);
        let metadata = fs::symlink_metadata(&full).map_err(NarError::file(&full))?;
        if metadata.is_dir() {
            let mut entries = entries(&full)?;
            self.rename(path, &mut entries)?;
            return Ok(Node::Directory { entries });
        }
        if metadata.is_symlink() {
            let target = fs::read_link(&full).map_err(NarError::file(&full))?;
            return Ok(Node::Symlink {
                target: target.into_os_string().into_vec(),
            });
        }
        if !metadata.is_file() {
            return Err(NarError::UnsupportedType(full));
        }
        // Not through a link, nor waiting for a writer, should it have been replaced meanwhile.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file: File = rustix::fs::open(&full, flags, Mode::empty())
            .map_err(|error| NarError::file(&full)(error.into()))?
            .into();
        let metadata = file.metadata().map_err(NarError::file(&full))?;
        if !metadata.is_file() {
            return Err(NarError::Changed(full));
        }
        self.open = Some((file, metadata.len()));
        Ok(Node::Regular {
            executable: metadata.mode() & 0o100 != 0,
            size: metadata.len(),
        })
    }

    fn includes(&mut self, path: &Path) -> Result<bool, NarError> {
        let Some(mut filter) = self.filter.take() else {
            return Ok(true);
        };
        let full = self.full_path(path);
        let included = fs::symlink_metadata(&full)
            .map_err(NarError::file(&full))
            .and_then(|metadata| Ok(filter(&full, metadata.file_type())?));
        self.filter = Some(filter);
        included
    }

    fn copy_contents(&mut self, path: &Path, sink: &mut dyn Write) -> Result<(), NarError> {
        let full = self.full_path(path);
        let (mut file, size) = match self.open.take() {
            Some(opened) => opened,
            None => {
                let file = File::open(&full).map_err(NarError::file(&full))?;
                (file, BUFFER as u64)
            }
        };
        // Most files are small: clearing a large buffer would take longer than reading them.
        let room = size.clamp(1, BUFFER as u64) as usize;
        if self.buffer.len() < room {
            self.buffer.resize(room, 0);
        }
        loop {
            match file.read(&mut self.buffer) {
                Ok(0) => return Ok(()),
                Ok(read) => sink.write_all(&self.buffer[..read])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(NarError::file(&full)(error)),
            }
        }
    }
}

/// A name of an archive as one of the file system.
pub(super) fn os_str(name: &[u8]) -> &OsStr {
    OsStr::from_bytes(name)
}
