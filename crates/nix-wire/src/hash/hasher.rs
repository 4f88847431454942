//! Hashing of streams.

use std::io::{self, Read, Write};

use sha2::Digest;

use super::{Hash, HashAlgorithm, LONGEST};

/// Hashes what it is fed.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
    Sha512(sha2::Sha512),
    // Its state is ten times as large as the others'.
    Blake3(Box<blake3::Hasher>),
}

impl Hasher {
    /// One that has been fed nothing.
    #[must_use]
    pub fn new(algorithm: HashAlgorithm) -> Hasher {
        Hasher(match algorithm {
            HashAlgorithm::Md5 => State::Md5(md5::Md5::new()),
            HashAlgorithm::Sha1 => State::Sha1(sha1::Sha1::new()),
            HashAlgorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
            HashAlgorithm::Sha512 => State::Sha512(sha2::Sha512::new()),
            HashAlgorithm::Blake3 => State::Blake3(Box::default()),
        })
    }

    /// Feeds it.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.0 {
            State::Md5(state) => state.update(data),
            State::Sha1(state) => state.update(data),
            State::Sha256(state) => state.update(data),
            State::Sha512(state) => state.update(data),
            State::Blake3(state) => {
                state.update(data);
            }
        }
    }

    /// The hash of all that it has been fed.
    #[must_use]
    pub fn finish(self) -> Hash {
        let mut bytes = [0; LONGEST];
        let mut fill = |digest: &[u8]| bytes[..digest.len()].copy_from_slice(digest);
        let algorithm = match self.0 {
            State::Md5(state) => {
                fill(&state.finalize());
                HashAlgorithm::Md5
            }
            State::Sha1(state) => {
                fill(&state.finalize());
                HashAlgorithm::Sha1
            }
            State::Sha256(state) => {
                fill(&state.finalize());
                HashAlgorithm::Sha256
            }
            State::Sha512(state) => {
                fill(&state.finalize());
                HashAlgorithm::Sha512
            }
            State::Blake3(state) => {
                fill(state.finalize().as_bytes());
                HashAlgorithm::Blake3
            }
        };
        Hash { algorithm, bytes }
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Hasher").finish_non_exhaustive()
    }
}

/// A writer that hashes and counts what passes through it.
#[derive(Debug)]
pub struct HashingWriter<W> {
    inner: W,
    hasher: Hasher,
    size: u64,
}

impl HashingWriter<io::Sink> {
    /// One that only hashes.
    #[must_use]
    pub fn sink(algorithm: HashAlgorithm) -> HashingWriter<io::Sink> {
        HashingWriter::new(algorithm, io::sink())
    }
}

impl<W> HashingWriter<W> {
    /// Passes everything on to `inner`.
    pub fn new(algorithm: HashAlgorithm, inner: W) -> HashingWriter<W> {
        HashingWriter {
            inner,
            hasher: Hasher::new(algorithm),
            size: 0,
        }
    }

    /// The hash and the number of bytes, and the writer within.
    pub fn finish(self) -> (Hash, u64, W) {
        (self.hasher.finish(), self.size, self.inner)
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(data)?;
        self.hasher.update(&data[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A reader that hashes and counts what is read through it.
#[derive(Debug)]
pub struct HashingReader<R> {
    inner: R,
    hasher: Hasher,
    size: u64,
}

impl<R> HashingReader<R> {
    /// Reads from `inner`.
    pub fn new(algorithm: HashAlgorithm, inner: R) -> HashingReader<R> {
        HashingReader {
            inner,
            hasher: Hasher::new(algorithm),
            size: 0,
        }
    }

    /// The hash and the number of bytes read so far, and the reader within.
    pub fn finish(self) -> (Hash, u64, R) {
        (self.hasher.finish(), self.size, self.inner)
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        self.size += read as u64;
        Ok(read)
    }
}
