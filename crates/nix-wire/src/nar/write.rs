//! Trees to archives.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{DEEPEST, MAGIC, NarError, is_entry_name};

/// Small strings are gathered up to this size before they are handed on.
const BUFFER: usize = 64 * 1024;

/// What is at a path of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A file of this size.
    Regular {
        /// Whether its owner may execute it.
        executable: bool,
        /// The number of bytes that [`Tree::copy_contents`] will write.
        size: u64,
    },
    /// A symbolic link.
    Symlink {
        /// Where it points.
        target: Vec<u8>,
    },
    /// A directory.
    Directory {
        /// The names in it, in any order.
        entries: Vec<Vec<u8>>,
    },
}

/// Something with the shape of a file tree. Paths are relative to its root, which is the empty one.
pub trait Tree {
    /// What is there.
    ///
    /// # Errors
    /// When it cannot be read or does not fit in an archive.
    fn node(&mut self, path: &Path) -> Result<Node, NarError>;

    /// Whether an entry of a directory is part of the tree at all. It is asked once for each, in the
    /// order of an archive: after all that comes before the entry, before what is in it.
    ///
    /// # Errors
    /// When that cannot be found out.
    fn includes(&mut self, _path: &Path) -> Result<bool, NarError> {
        Ok(true)
    }

    /// Writes the contents of the file for which [`Tree::node`] was called last.
    ///
    /// # Errors
    /// When it cannot be read, or the writer fails.
    fn copy_contents(&mut self, path: &Path, sink: &mut dyn Write) -> Result<(), NarError>;
}

/// Writes the archive of a tree.
///
/// # Errors
/// When the tree cannot be read, the sink fails, a name cannot be in an archive or is there twice.
pub fn write(tree: &mut dyn Tree, sink: &mut dyn Write) -> Result<(), NarError> {
    let mut writer = Writer {
        sink,
        buffer: Vec::with_capacity(BUFFER + 1024),
        written: 0,
    };
    writer.string(MAGIC)?;
    writer.node(tree, &mut PathBuf::new(), 0)?;
    writer.flush_buffer()?;
    Ok(())
}

/// Writes the archive of one file.
///
/// # Errors
/// When the sink fails.
pub fn write_regular(executable: bool, contents: &[u8], sink: &mut dyn Write) -> io::Result<()> {
    let mut writer = Writer {
        sink,
        buffer: Vec::with_capacity(contents.len() + 256),
        written: 0,
    };
    writer.string(MAGIC)?;
    writer.begin_regular(executable)?;
    writer.string(contents)?;
    writer.string(b")")?;
    writer.flush_buffer()
}

struct Writer<'a> {
    sink: &'a mut dyn Write,
    buffer: Vec<u8>,
    /// Bytes of the current file.
    written: u64,
}

impl Writer<'_> {
    fn node(
        &mut self,
        tree: &mut dyn Tree,
        path: &mut PathBuf,
        depth: usize,
    ) -> Result<(), NarError> {
        if depth >= DEEPEST {
            return Err(NarError::TooDeep);
        }
        match tree.node(path)? {
            Node::Regular { executable, size } => {
                self.begin_regular(executable)?;
                self.number(size)?;
                self.written = 0;
                tree.copy_contents(path, &mut *self)?;
                if self.written != size {
                    return Err(NarError::Changed(path.clone()));
                }
                self.pad(size)?;
            }
            Node::Symlink { target } => {
                for part in [&b"("[..], b"type", b"symlink", b"target", &target] {
                    self.string(part)?;
                }
            }
            Node::Directory { mut entries } => {
                for part in [&b"("[..], b"type", b"directory"] {
                    self.string(part)?;
                }
                entries.sort_unstable();
                if entries.windows(2).any(|pair| pair[0] == pair[1]) {
                    return Err(NarError::Unsorted);
                }
                for name in entries {
                    if !is_entry_name(&name) {
                        return Err(NarError::Name(String::from_utf8_lossy(&name).into_owned()));
                    }
                    path.push(super::filesystem::os_str(&name));
                    if tree.includes(path)? {
                        for part in [&b"entry"[..], b"(", b"name", &name, b"node"] {
                            self.string(part)?;
                        }
                        self.node(tree, path, depth + 1)?;
                        self.string(b")")?;
                    }
                    path.pop();
                }
            }
        }
        Ok(self.string(b")")?)
    }

    fn begin_regular(&mut self, executable: bool) -> io::Result<()> {
        for part in [&b"("[..], b"type", b"regular"] {
            self.string(part)?;
        }
        if executable {
            self.string(b"executable")?;
            self.string(b"")?;
        }
        self.string(b"contents")
    }

    fn string(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.number(bytes.len() as u64)?;
        self.write_all(bytes)?;
        self.pad(bytes.len() as u64)
    }

    fn number(&mut self, number: u64) -> io::Result<()> {
        self.write_all(&number.to_le_bytes())
    }

    fn pad(&mut self, size: u64) -> io::Result<()> {
        let padding = (8 - size as usize % 8) % 8;
        self.write_all(&[0; 8][..padding])
    }

    fn flush_buffer(&mut self) -> io::Result<()> {
        self.sink.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

impl Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written += bytes.len() as u64;
        if self.buffer.len() + bytes.len() > BUFFER {
            self.flush_buffer()?;
            if bytes.len() > BUFFER {
                return self.sink.write_all(bytes);
            }
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
