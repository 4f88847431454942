//! What is known of a tree from reading it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use nix_wire::hash::Hasher;
use nix_wire::nar::{self, Filesystem};
use nix_wire::references::ReferenceScanner;
use nix_wire::{Hash, HashAlgorithm, StorePath};

use super::rewrite::Rewriter;
use crate::error::{During, StoreError};

/// Hash and size of the archive of a tree, and what is mentioned in it.
pub(super) struct Measure {
    pub(super) hash: Hash,
    /// In bytes.
    pub(super) size: u64,
    pub(super) references: BTreeSet<StorePath>,
}

impl Measure {
    /// Reads the tree once. Looked for are references to the candidates.
    pub(super) fn of(path: &Path, candidates: &BTreeSet<StorePath>) -> Result<Measure, StoreError> {
        let mut reading = Reading {
            hasher: Hasher::new(HashAlgorithm::Sha256),
            scanner: (!candidates.is_empty()).then(|| ReferenceScanner::new(candidates)),
            size: 0,
        };
        nar::write(&mut Filesystem::new(path), &mut reading)?;
        Ok(Measure {
            hash: reading.hasher.finish(),
            size: reading.size,
            references: reading
                .scanner
                .map(ReferenceScanner::finish)
                .unwrap_or_default(),
        })
    }
}

struct Reading {
    hasher: Hasher,
    scanner: Option<ReferenceScanner>,
    size: u64,
}

impl Write for Reading {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.hasher.update(data);
        if let Some(scanner) = &mut self.scanner {
            scanner.scan(data);
        }
        self.size += data.len() as u64;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The hash of the archive of a tree, in which the hash part of its own path counts as zeros.
pub(crate) fn archive_hash(
    path: &Path,
    algorithm: HashAlgorithm,
    own: &str,
) -> Result<Hash, StoreError> {
    let mut modulo = Modulo::new(algorithm, own);
    nar::write(&mut Filesystem::new(path), &mut modulo.0)?;
    modulo.finish().during("hash", path)
}

/// The same of an archive in memory.
pub(crate) fn hash_without_own(
    archive: &[u8],
    algorithm: HashAlgorithm,
    own: &str,
) -> Result<Hash, StoreError> {
    let mut modulo = Modulo::new(algorithm, own);
    modulo
        .0
        .write_all(archive)
        .and_then(|()| modulo.finish())
        .during("hash", Path::new("an archive"))
}

/// The hash of the contents of a file, in which the hash part of its own path counts as zeros.
pub(super) fn flat_hash(
    path: &Path,
    algorithm: HashAlgorithm,
    own: &str,
) -> Result<Hash, StoreError> {
    let mut modulo = Modulo::new(algorithm, own);
    File::open(path)
        .and_then(|mut file| io::copy(&mut file, &mut modulo.0))
        .during("read", path)?;
    modulo.finish().during("hash", path)
}

/// What is hashed without its references to itself, but with their places, so that it differs from
/// what has zeros there.
struct Modulo(Rewriter<HasherSink>);

struct HasherSink(Hasher);

impl Write for HasherSink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.update(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Modulo {
    fn new(algorithm: HashAlgorithm, own: &str) -> Modulo {
        let zeros = vec![0; own.len()];
        let rewrites = vec![(own.as_bytes().to_vec(), zeros)];
        Modulo(Rewriter::new(HasherSink(Hasher::new(algorithm)), rewrites))
    }

    fn finish(self) -> io::Result<Hash> {
        let (mut sink, places) = self.0.finish()?;
        for place in places {
            sink.0.update(format!("|{place}").as_bytes());
        }
        Ok(sink.0.finish())
    }
}
