//! A stream that is kept until it is known what it is.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::Path;

use nix_wire::hash::{Hasher, HashingReader};
use nix_wire::store_path::References;
use nix_wire::{ContentAddress, ContentAddressMethod, HashAlgorithm, StoreDir, StorePath};
use rustix::fs::{Mode, OFlags};

use super::{LARGEST_IN_MEMORY, Result};
use crate::error::{During, StoreError};
use nix_wire::PathInfo;

/// What comes before and after the contents of a file that is the whole of an archive.
const BEFORE: [&[u8]; 5] = [b"nix-archive-1", b"(", b"type", b"regular", b"contents"];
const AFTER: [&[u8]; 1] = [b")"];

/// A stream that was read to its end.
#[derive(Debug)]
pub(super) struct Spool {
    kept: Kept,
    size: u64,
    address: ContentAddress,
    /// Whether it is a file's contents rather than an archive.
    flat: bool,
}

#[derive(Debug)]
enum Kept {
    Memory(Vec<u8>),
    /// A file without a name.
    File(File),
}

impl Spool {
    /// Reads a stream. What is large is kept in a file without a name in `directory`, if that is
    /// given.
    pub(super) fn read(
        source: &mut dyn Read,
        method: ContentAddressMethod,
        algorithm: HashAlgorithm,
        directory: Option<&Path>,
    ) -> Result<Spool> {
        if method == ContentAddressMethod::Git {
            return Err(StoreError::GitMethod);
        }
        let here = Path::new("the stream");
        let mut hasher = Hasher::new(algorithm);
        let mut kept = Kept::Memory(Vec::new());
        let mut size = 0;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = match source.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error).during("read", here),
            };
            let data = &buffer[..read];
            hasher.update(data);
            size += read as u64;
            if let (Kept::Memory(memory), Some(directory)) = (&kept, directory)
                && memory.len() + read > LARGEST_IN_MEMORY
            {
                let mut file = nameless_file(directory)?;
                file.write_all(memory).during("write", directory)?;
                kept = Kept::File(file);
            }
            match &mut kept {
                Kept::Memory(memory) => memory.extend_from_slice(data),
                Kept::File(file) => file.write_all(data).during("write", here)?,
            }
        }
        Ok(Spool {
            kept,
            size,
            address: ContentAddress {
                method,
                hash: hasher.finish(),
            },
            flat: method != ContentAddressMethod::NixArchive,
        })
    }

    /// The path that follows from it, with the hash of its archive.
    pub(super) fn path_info(
        &self,
        store_dir: &StoreDir,
        name: &str,
        references: &BTreeSet<StorePath>,
    ) -> Result<PathInfo> {
        let path = if self.address.method == ContentAddressMethod::Text {
            store_dir.text_path(name, &self.address.hash, references)?
        } else {
            let others: Vec<StorePath> = references.iter().cloned().collect();
            let references = References {
                others: &others,
                to_itself: false,
            };
            store_dir.content_path(name, self.address.method, &self.address.hash, references)?
        };
        let here = Path::new("the stream");
        let mut archive = HashingReader::new(HashAlgorithm::Sha256, self.archive()?);
        io::copy(&mut archive, &mut io::sink()).during("read", here)?;
        let (nar_hash, nar_size, _) = archive.finish();
        let mut info = PathInfo::new(path, nar_hash, nar_size);
        info.references.clone_from(references);
        info.content_address = Some(self.address);
        Ok(info)
    }

    /// Its archive, from the beginning.
    pub(super) fn archive(&self) -> Result<impl Read + '_> {
        let contents: Box<dyn Read + '_> = match &self.kept {
            Kept::Memory(memory) => Box::new(memory.as_slice()),
            Kept::File(file) => {
                let here = Path::new("the stream");
                let mut file = file.try_clone().during("open", here)?;
                file.seek(SeekFrom::Start(0)).during("read", here)?;
                Box::new(file)
            }
        };
        let (mut before, mut after) = (Vec::new(), Vec::new());
        if self.flat {
            BEFORE.iter().for_each(|text| push(&mut before, text));
            before.extend_from_slice(&self.size.to_le_bytes());
            let padding = (8 - self.size as usize % 8) % 8;
            after.resize(padding, 0);
            AFTER.iter().for_each(|text| push(&mut after, text));
        }
        Ok(Cursor::new(before)
            .chain(contents)
            .chain(Cursor::new(after)))
    }
}

fn push(archive: &mut Vec<u8>, text: &[u8]) {
    archive.extend_from_slice(&(text.len() as u64).to_le_bytes());
    archive.extend_from_slice(text);
    let padding = text.len().next_multiple_of(8) - text.len();
    archive.resize(archive.len() + padding, 0);
}

fn nameless_file(directory: &Path) -> Result<File> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = rustix::fs::open(directory, flags, Mode::RUSR | Mode::WUSR)
        .during("create a file in", directory)?;
    Ok(file.into())
}
