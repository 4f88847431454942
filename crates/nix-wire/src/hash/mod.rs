//! Hashes and the texts Nix writes them in.

pub mod encoding;
mod hasher;

pub use hasher::{Hasher, HashingReader, HashingWriter};

use std::fmt;
use std::str::FromStr;

use encoding::DecodeError;

/// The number of bytes of the longest digest (SHA-512).
const LONGEST: usize = 64;

/// A hash function that Nix knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashAlgorithm {
    /// MD5, 16 bytes.
    Md5,
    /// SHA-1, 20 bytes.
    Sha1,
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-512, 64 bytes.
    Sha512,
    /// BLAKE3, 32 bytes.
    Blake3,
}

impl HashAlgorithm {
    /// The name in expressions and texts: `sha256`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            HashAlgorithm::Md5 => "md5",
            HashAlgorithm::Sha1 => "sha1",
            HashAlgorithm::Sha256 => "sha256",
            HashAlgorithm::Sha512 => "sha512",
            HashAlgorithm::Blake3 => "blake3",
        }
    }

    /// The number of bytes of a digest.
    #[must_use]
    pub const fn digest_size(self) -> usize {
        match self {
            HashAlgorithm::Md5 => 16,
            HashAlgorithm::Sha1 => 20,
            HashAlgorithm::Sha256 | HashAlgorithm::Blake3 => 32,
            HashAlgorithm::Sha512 => LONGEST,
        }
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for HashAlgorithm {
    type Err = HashError;

    fn from_str(text: &str) -> Result<HashAlgorithm, HashError> {
        Ok(match text {
            "md5" => HashAlgorithm::Md5,
            "sha1" => HashAlgorithm::Sha1,
            "sha256" => HashAlgorithm::Sha256,
            "sha512" => HashAlgorithm::Sha512,
            "blake3" => HashAlgorithm::Blake3,
            _ => return Err(HashError::UnknownAlgorithm(text.to_owned())),
        })
    }
}

/// How a hash is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashFormat {
    /// Lower-case hexadecimal.
    Base16,
    /// Nix's base 32.
    Nix32,
    /// Base 64 with padding.
    Base64,
    /// `sha256-` and base 64, as in Subresource Integrity.
    Sri,
}

impl HashFormat {
    /// The name that `builtins.convertHash` and the command line use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            HashFormat::Base16 => "base16",
            HashFormat::Nix32 => "nix32",
            HashFormat::Base64 => "base64",
            HashFormat::Sri => "sri",
        }
    }
}

impl FromStr for HashFormat {
    type Err = HashError;

    fn from_str(text: &str) -> Result<HashFormat, HashError> {
        Ok(match text {
            "base16" => HashFormat::Base16,
            "nix32" | "base32" => HashFormat::Nix32,
            "base64" => HashFormat::Base64,
            "sri" => HashFormat::Sri,
            _ => return Err(HashError::UnknownFormat(text.to_owned())),
        })
    }
}

/// Why a text is no hash. The messages are Nix's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum HashError {
    #[error("unknown hash algorithm '{0}', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'")]
    UnknownAlgorithm(String),
    #[error("unknown hash format '{0}', expect 'base16', 'base32', 'base64', or 'sri'")]
    UnknownFormat(String),
    #[error("hash '{text}' has wrong length for hash algorithm '{algorithm}'")]
    WrongLength {
        text: String,
        algorithm: HashAlgorithm,
    },
    #[error("invalid {format} hash '{text}', length {found} != expected length {expected}")]
    WrongSize {
        format: &'static str,
        text: String,
        found: usize,
        expected: usize,
    },
    #[error("hash '{0}' is not SRI")]
    NotSri(String),
    #[error("hash '{0}' does not include a type")]
    NoAlgorithm(String),
    #[error("hash '{0}' does not include a type, nor is the type otherwise known from context")]
    AlgorithmUnknown(String),
    #[error("hash '{text}' should have type '{expected}'")]
    OtherAlgorithm {
        text: String,
        expected: HashAlgorithm,
    },
    #[error("empty hash requires explicit hash algorithm")]
    EmptyWithoutAlgorithm,
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// A digest and the function that made it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash {
    algorithm: HashAlgorithm,
    // Bytes beyond the digest's size are zero, so that comparing whole arrays is right.
    bytes: [u8; LONGEST],
}

impl Hash {
    /// A hash of this algorithm with this digest; `None` when the digest has another length.
    #[must_use]
    pub fn from_digest(algorithm: HashAlgorithm, digest: &[u8]) -> Option<Hash> {
        if digest.len() != algorithm.digest_size() {
            return None;
        }
        let mut bytes = [0; LONGEST];
        bytes[..digest.len()].copy_from_slice(digest);
        Some(Hash { algorithm, bytes })
    }

    /// The hash of which every byte is zero, for "not known yet" (`lib.fakeHash`).
    #[must_use]
    pub const fn zero(algorithm: HashAlgorithm) -> Hash {
        Hash {
            algorithm,
            bytes: [0; LONGEST],
        }
    }

    /// Hashes the data.
    #[must_use]
    pub fn of(algorithm: HashAlgorithm, data: impl AsRef<[u8]>) -> Hash {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(data.as_ref());
        hasher.finish()
    }

    /// The SHA-256 hash of the data.
    #[must_use]
    pub fn sha256(data: impl AsRef<[u8]>) -> Hash {
        Hash::of(HashAlgorithm::Sha256, data)
    }

    /// The function that made it.
    #[must_use]
    pub const fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// The bytes.
    #[must_use]
    pub fn digest(&self) -> &[u8] {
        &self.bytes[..self.algorithm.digest_size()]
    }

    /// Lower-case hexadecimal, without the algorithm.
    #[must_use]
    pub fn base16(&self) -> String {
        encoding::base16(self.digest())
    }

    /// Nix's base 32, without the algorithm.
    #[must_use]
    pub fn nix32(&self) -> String {
        encoding::nix32(self.digest())
    }

    /// Base 64, without the algorithm.
    #[must_use]
    pub fn base64(&self) -> String {
        encoding::base64(self.digest())
    }

    /// `sha256-` and base 64.
    #[must_use]
    pub fn sri(&self) -> String {
        format!("{}-{}", self.algorithm, self.base64())
    }

    /// In this format; with `sha256:` before it if asked for (SRI always has its own).
    #[must_use]
    pub fn to_text(&self, format: HashFormat, with_algorithm: bool) -> String {
        let text = match format {
            HashFormat::Base16 => self.base16(),
            HashFormat::Nix32 => self.nix32(),
            HashFormat::Base64 => self.base64(),
            HashFormat::Sri => return self.sri(),
        };
        if with_algorithm {
            format!("{}:{text}", self.algorithm)
        } else {
            text
        }
    }

    /// Parses `algo:text`, `algo-base64` or, when the algorithm is given, a bare text. Which base
    /// it is in is told by the length.
    ///
    /// # Errors
    /// When the text has no algorithm and none is given, another one, or is not the hash of one.
    pub fn parse(text: &str, algorithm: Option<HashAlgorithm>) -> Result<Hash, HashError> {
        Ok(Hash::parse_with_format(text, algorithm)?.0)
    }

    /// As [`Hash::parse`], with the format that the text was in.
    ///
    /// # Errors
    /// As [`Hash::parse`].
    pub fn parse_with_format(
        text: &str,
        algorithm: Option<HashAlgorithm>,
    ) -> Result<(Hash, HashFormat), HashError> {
        let (stated, rest, sri) = split_algorithm(text)?;
        let algorithm = match (stated, algorithm) {
            (None, None) => return Err(HashError::AlgorithmUnknown(text.to_owned())),
            (Some(stated), Some(expected)) if stated != expected => {
                return Err(HashError::OtherAlgorithm {
                    text: text.to_owned(),
                    expected,
                });
            }
            (Some(stated), _) => stated,
            (None, Some(expected)) => expected,
        };
        Hash::parse_rest(rest, algorithm, sri)
    }

    /// Parses a text that has to name its algorithm: `sha256:…` or `sha256-…`.
    ///
    /// # Errors
    /// When it does not, or is no hash of that algorithm.
    pub fn parse_prefixed(text: &str) -> Result<Hash, HashError> {
        let (stated, rest, sri) = split_algorithm(text)?;
        let algorithm = stated.ok_or_else(|| HashError::NoAlgorithm(text.to_owned()))?;
        Ok(Hash::parse_rest(rest, algorithm, sri)?.0)
    }

    /// Parses `sha256-base64`.
    ///
    /// # Errors
    /// When the text is not in this form.
    pub fn parse_sri(text: &str) -> Result<Hash, HashError> {
        let (algorithm, rest) = text
            .split_once('-')
            .ok_or_else(|| HashError::NotSri(text.to_owned()))?;
        Ok(Hash::parse_rest(rest, algorithm.parse()?, true)?.0)
    }

    /// Parses the hash of a fetcher or a fixed output, where the empty text stands for the zero
    /// hash ([`Hash::zero`]; Nix warns about it).
    ///
    /// # Errors
    /// As [`Hash::parse`]; for the empty text when no algorithm is given.
    pub fn parse_allow_empty(
        text: &str,
        algorithm: Option<HashAlgorithm>,
    ) -> Result<Hash, HashError> {
        if text.is_empty() {
            return algorithm
                .map(Hash::zero)
                .ok_or(HashError::EmptyWithoutAlgorithm);
        }
        Hash::parse(text, algorithm)
    }

    /// Parses a text without the algorithm, which is not in SRI form.
    ///
    /// # Errors
    /// When it is no hash of this algorithm.
    pub fn parse_unprefixed(text: &str, algorithm: HashAlgorithm) -> Result<Hash, HashError> {
        Ok(Hash::parse_rest(text, algorithm, false)?.0)
    }

    fn parse_rest(
        text: &str,
        algorithm: HashAlgorithm,
        sri: bool,
    ) -> Result<(Hash, HashFormat), HashError> {
        let size = algorithm.digest_size();
        let format = if sri {
            HashFormat::Sri
        } else if text.len() == encoding::base16_length(size) {
            HashFormat::Base16
        } else if text.len() == encoding::nix32_length(size) {
            HashFormat::Nix32
        } else if text.len() == encoding::base64_length(size) {
            HashFormat::Base64
        } else {
            return Err(HashError::WrongLength {
                text: text.to_owned(),
                algorithm,
            });
        };
        let digest = match format {
            HashFormat::Base16 => encoding::decode_base16(text)?,
            HashFormat::Nix32 => encoding::decode_nix32(text)?,
            HashFormat::Base64 | HashFormat::Sri => encoding::decode_base64(text)?,
        };
        let hash = Hash::from_digest(algorithm, &digest).ok_or_else(|| HashError::WrongSize {
            format: match format {
                HashFormat::Base16 => "base16",
                HashFormat::Nix32 => "nix32",
                HashFormat::Base64 => "Base64",
                HashFormat::Sri => "SRI",
            },
            text: text.to_owned(),
            found: digest.len(),
            expected: size,
        })?;
        Ok((hash, format))
    }
}

/// The algorithm before `:` or, failing that, `-` (which then means SRI), and the rest.
fn split_algorithm(text: &str) -> Result<(Option<HashAlgorithm>, &str, bool), HashError> {
    if let Some((algorithm, rest)) = text.split_once(':') {
        return Ok((Some(algorithm.parse()?), rest, false));
    }
    match text.split_once('-') {
        Some((algorithm, rest)) => Ok((Some(algorithm.parse()?), rest, true)),
        None => Ok((None, text, false)),
    }
}

impl fmt::Display for Hash {
    /// The SRI form.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sri())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Hash({})", self.sri())
    }
}

/// Folds a digest into fewer bytes by exclusive or, as store paths do.
#[must_use]
pub fn compress<const SIZE: usize>(digest: &[u8]) -> [u8; SIZE] {
    let mut folded = [0; SIZE];
    for (index, byte) in digest.iter().enumerate() {
        folded[index % SIZE] ^= byte;
    }
    folded
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
