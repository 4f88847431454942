//! Archives to trees.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::filesystem::os_str;
use super::{DEEPEST, MAGIC, NarError, is_entry_name};

const LONGEST_TAG: u64 = 32;
const LONGEST_NAME: u64 = 255;
const LONGEST_TARGET: u64 = 4095;

/// What is done with the nodes of an archive, in its order: a directory comes before what is in
/// it. Paths are relative to the root, which is the empty one, and never contain `..`.
pub trait Visitor {
    /// A directory begins.
    ///
    /// # Errors
    /// Its own; reading ends with it.
    fn directory(&mut self, path: &Path) -> Result<(), NarError>;

    /// All that is in the directory has been visited.
    ///
    /// # Errors
    /// Its own; reading ends with it.
    fn end_directory(&mut self, path: &Path) -> Result<(), NarError>;

    /// A file. What is left unread of its contents is skipped.
    ///
    /// # Errors
    /// Its own; reading ends with it.
    fn regular(
        &mut self,
        path: &Path,
        executable: bool,
        contents: &mut Contents<'_>,
    ) -> Result<(), NarError>;

    /// A symbolic link. The target is not empty and has no NUL.
    ///
    /// # Errors
    /// Its own; reading ends with it.
    fn symlink(&mut self, path: &Path, target: &[u8]) -> Result<(), NarError>;
}

/// Takes nothing of an archive: for whoever wants to know that it is one, and where it ends.
#[derive(Debug, Clone, Copy, Default)]
pub struct Skip;

impl Visitor for Skip {
    fn directory(&mut self, _: &Path) -> Result<(), NarError> {
        Ok(())
    }

    fn end_directory(&mut self, _: &Path) -> Result<(), NarError> {
        Ok(())
    }

    fn regular(&mut self, _: &Path, _: bool, _: &mut Contents<'_>) -> Result<(), NarError> {
        Ok(())
    }

    fn symlink(&mut self, _: &Path, _: &[u8]) -> Result<(), NarError> {
        Ok(())
    }
}

/// The contents of a file of an archive.
pub struct Contents<'a> {
    source: &'a mut dyn Read,
    size: u64,
    left: u64,
}

impl Contents<'_> {
    /// The number of bytes, as the archive states it: not a reason to reserve so much.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl std::fmt::Debug for Contents<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Contents")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl Read for Contents<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let read = self.source.read(&mut buffer[..most])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}

/// Reads one archive and nothing beyond it. Nothing in it is trusted: names, their order, lengths,
/// padding and depth are checked before the visitor sees them.
///
/// # Errors
/// When it is no archive, ends early, or the visitor says so.
pub fn read(source: &mut dyn Read, visitor: &mut dyn Visitor) -> Result<(), NarError> {
    let mut reader = Reader {
        source,
        buffer: Vec::new(),
    };
    match reader.string(MAGIC.len() as u64) {
        Ok(magic) if magic == MAGIC => {}
        Ok(_) | Err(NarError::TooLong(_) | NarError::Truncated | NarError::Padding) => {
            return Err(NarError::NoArchive);
        }
        Err(error) => return Err(error),
    }

    let mut path = PathBuf::new();
    // For each directory that is open, the last name in it.
    let mut directories: Vec<Vec<u8>> = Vec::new();
    loop {
        if directories.len() >= DEEPEST {
            return Err(NarError::TooDeep);
        }
        if reader.node(&path, visitor)? {
            directories.push(Vec::new());
        } else if directories.is_empty() {
            return Ok(());
        } else {
            reader.end_entry(&mut path)?;
        }
        // The next entry of the innermost directory; and of the one around it when that ends.
        loop {
            let Some(last) = directories.last_mut() else {
                return Ok(());
            };
            if let Some(name) = reader.entry(last)? {
                path.push(os_str(&name));
                *last = name;
                break;
            }
            visitor.end_directory(&path)?;
            directories.pop();
            if directories.is_empty() {
                return Ok(());
            }
            reader.end_entry(&mut path)?;
        }
    }
}

struct Reader<'a> {
    source: &'a mut dyn Read,
    buffer: Vec<u8>,
}

impl Reader<'_> {
    /// Reads a file or link, or the beginning of a directory: then `true`.
    fn node(&mut self, path: &Path, visitor: &mut dyn Visitor) -> Result<bool, NarError> {
        self.expect("(")?;
        self.expect("type")?;
        match self.string(LONGEST_TAG)? {
            b"directory" => {
                visitor.directory(path)?;
                return Ok(true);
            }
            b"symlink" => {
                self.expect("target")?;
                let target = self.string(LONGEST_TARGET)?;
                if target.is_empty() || target.contains(&0) {
                    return Err(NarError::Target);
                }
                visitor.symlink(path, target)?;
            }
            b"regular" => self.regular(path, visitor)?,
            other => return Err(NarError::UnknownType(lossy(other))),
        }
        self.expect(")")?;
        Ok(false)
    }

    fn regular(&mut self, path: &Path, visitor: &mut dyn Visitor) -> Result<(), NarError> {
        let mut tag = self.string(LONGEST_TAG)?;
        let executable = tag == b"executable";
        if executable {
            match self.string(0) {
                Ok(_) => {}
                Err(NarError::TooLong(_)) => return Err(NarError::ExecutableMarker),
                Err(error) => return Err(error),
            }
            tag = self.string(LONGEST_TAG)?;
        }
        if tag != b"contents" {
            return Err(NarError::Tag {
                expected: "contents",
                found: lossy(tag),
            });
        }
        let size = self.number()?;
        let mut contents = Contents {
            source: &mut *self.source,
            size,
            left: size,
        };
        visitor.regular(path, executable, &mut contents)?;
        io::copy(&mut contents, &mut io::sink()).map_err(truncated)?;
        self.padding(size)
    }

    /// The name of the next entry, up to its node; `None` at the end of the directory.
    fn entry(&mut self, last: &[u8]) -> Result<Option<Vec<u8>>, NarError> {
        match self.string(LONGEST_TAG)? {
            b")" => return Ok(None),
            b"entry" => {}
            other => {
                return Err(NarError::Tag {
                    expected: "entry",
                    found: lossy(other),
                });
            }
        }
        self.expect("(")?;
        self.expect("name")?;
        let name = self.string(LONGEST_NAME)?.to_vec();
        if !is_entry_name(&name) {
            return Err(NarError::Name(lossy(&name)));
        }
        if name.as_slice() <= last {
            return Err(NarError::Unsorted);
        }
        self.expect("node")?;
        Ok(Some(name))
    }

    fn end_entry(&mut self, path: &mut PathBuf) -> Result<(), NarError> {
        path.pop();
        self.expect(")")
    }

    fn expect(&mut self, expected: &'static str) -> Result<(), NarError> {
        let found = self.string(LONGEST_TAG)?;
        if found == expected.as_bytes() {
            return Ok(());
        }
        Err(NarError::Tag {
            expected,
            found: lossy(found),
        })
    }

    fn number(&mut self) -> Result<u64, NarError> {
        let mut bytes = [0; 8];
        self.source.read_exact(&mut bytes).map_err(truncated)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn string(&mut self, longest: u64) -> Result<&[u8], NarError> {
        let size = self.number()?;
        if size > longest {
            return Err(NarError::TooLong(size));
        }
        // In bounds of `longest`, which is small.
        self.buffer.resize(size as usize, 0);
        self.source
            .read_exact(&mut self.buffer)
            .map_err(truncated)?;
        self.padding(size)?;
        Ok(&self.buffer)
    }

    fn padding(&mut self, size: u64) -> Result<(), NarError> {
        let mut padding = [0; 8];
        let padding = &mut padding[..(8 - size as usize % 8) % 8];
        self.source.read_exact(padding).map_err(truncated)?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(NarError::Padding);
        }
        Ok(())
    }
}

fn truncated(error: io::Error) -> NarError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => NarError::Truncated,
        _ => NarError::Io(error),
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
