//! Numbers and strings, and what is made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Read, Write};

use nix_wire::StoreDir;

use crate::error::ProtocolError;

type Result<T> = std::result::Result<T, ProtocolError>;

/// Longer strings are refused: nothing that is one string on the line comes near.
const LONGEST: u64 = 1 << 32;
/// The most that one request of an untrusted client may have: the texts and lists of real requests
/// have some megabytes. Archives are no part of a request, as they come in frames.
pub const LONGEST_REQUEST: u64 = 64 << 20;
/// No path is longer.
const LONGEST_PATH: u64 = 4096;
/// What each string takes in memory besides its bytes.
const OVERHEAD: u64 = 32;
/// How much is read at once of a string whose length was stated by the other side.
const CHUNK: u64 = 64 * 1024;

/// The version of a protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// What has to be the same.
    pub major: u8,
    /// What may be different: the lower of both sides is used.
    pub minor: u8,
}

impl Version {
    /// A version.
    #[must_use]
    pub const fn new(major: u8, minor: u8) -> Version {
        Version { major, minor }
    }

    /// The number on the line.
    #[must_use]
    pub fn number(self) -> u64 {
        u64::from(self.major) << 8 | u64::from(self.minor)
    }

    /// The version of a number on the line.
    #[must_use]
    pub fn from_number(number: u64) -> Version {
        Version {
            major: (number >> 8) as u8,
            minor: number as u8,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

/// Which protocol is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The daemon's.
    Worker,
    /// That of `nix-store --serve`.
    Serve,
}

/// What both sides agreed on, by which items are read and written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// What store paths begin with.
    pub store_dir: StoreDir,
    /// Which protocol.
    pub dialect: Dialect,
    /// In which version.
    pub version: Version,
    /// The named features that both sides have.
    pub features: BTreeSet<String>,
}

impl Context {
    /// The worker protocol in this version, without features.
    #[must_use]
    pub fn worker(store_dir: StoreDir, version: Version) -> Context {
        Context {
            store_dir,
            dialect: Dialect::Worker,
            version,
            features: BTreeSet::new(),
        }
    }

    /// The serve protocol in this version.
    #[must_use]
    pub fn serve(store_dir: StoreDir, version: Version) -> Context {
        Context {
            store_dir,
            dialect: Dialect::Serve,
            version,
            features: BTreeSet::new(),
        }
    }

    /// Whether it is the worker protocol in this version 1 or a later one.
    #[must_use]
    pub fn worker_since(&self, minor: u8) -> bool {
        self.dialect == Dialect::Worker && self.version >= Version::new(1, minor)
    }

    /// Whether it is the serve protocol in this version 2 or a later one.
    #[must_use]
    pub fn serve_since(&self, minor: u8) -> bool {
        self.dialect == Dialect::Serve && self.version >= Version::new(2, minor)
    }

    /// Whether both sides have a feature.
    #[must_use]
    pub fn has(&self, feature: &str) -> bool {
        self.features.contains(feature)
    }
}

/// Something that is sent.
pub trait Item: Sized {
    /// Reads one.
    ///
    /// # Errors
    /// When the other side is gone, or what it sent is none.
    fn read(from: &mut Decoder<'_>) -> Result<Self>;

    /// Writes it.
    ///
    /// # Errors
    /// When the other side is gone, or the version cannot express it.
    fn write(&self, to: &mut Encoder<'_>) -> Result<()>;
}

/// Reads items.
pub struct Decoder<'a> {
    source: &'a mut dyn Read,
    /// What both sides agreed on.
    pub context: &'a Context,
    /// How many bytes may still be read.
    left: u64,
}

impl fmt::Debug for Decoder<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Decoder").finish_non_exhaustive()
    }
}

impl<'a> Decoder<'a> {
    /// Reads from this source.
    pub fn new(source: &'a mut dyn Read, context: &'a Context) -> Decoder<'a> {
        Decoder::limited(source, context, LONGEST)
    }

    /// Reads from this source no more than so many bytes: the other side may want to fill the
    /// memory.
    pub fn limited(source: &'a mut dyn Read, context: &'a Context, limit: u64) -> Decoder<'a> {
        Decoder {
            source,
            context,
            left: limit,
        }
    }

    fn spend(&mut self, bytes: u64) -> Result<()> {
        let left = self.left.checked_sub(bytes);
        self.left = left.ok_or(ProtocolError::TooLong(bytes))?;
        Ok(())
    }

    /// Reads an item.
    ///
    /// # Errors
    /// As [`Item::read`].
    pub fn read<T: Item>(&mut self) -> Result<T> {
        T::read(self)
    }

    /// Reads a number.
    ///
    /// # Errors
    /// When the other side is gone.
    pub fn number(&mut self) -> Result<u64> {
        self.spend(8)?;
        number(self.source)
    }

    /// Reads a number that has to fit.
    ///
    /// # Errors
    /// When the other side is gone, or it does not.
    pub fn small<T: TryFrom<u64>>(&mut self, what: &'static str) -> Result<T> {
        let found = self.number()?;
        T::try_from(found).map_err(|_| ProtocolError::OutOfRange { what, found })
    }

    /// Reads a string.
    ///
    /// # Errors
    /// When the other side is gone, or the string is malformed.
    pub fn bytes(&mut self) -> Result<Vec<u8>> {
        self.bytes_up_to(LONGEST)
    }

    fn bytes_up_to(&mut self, longest: u64) -> Result<Vec<u8>> {
        let length = number(self.source)?;
        if length > longest {
            return Err(ProtocolError::TooLong(length));
        }
        self.spend(length.saturating_add(OVERHEAD))?;
        bytes_after(self.source, length)
    }

    /// Reads a string that is a path.
    ///
    /// # Errors
    /// As [`Decoder::text`], and if it is longer than paths are.
    pub fn path(&mut self) -> Result<String> {
        text_of(self.bytes_up_to(LONGEST_PATH)?)
    }

    /// Reads a string that has to be UTF-8.
    ///
    /// # Errors
    /// As [`Decoder::bytes`].
    pub fn text(&mut self) -> Result<String> {
        text_of(self.bytes()?)
    }

    /// Reads a string of any encoding, as messages are.
    ///
    /// # Errors
    /// As [`Decoder::bytes`].
    pub fn lossy_text(&mut self) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.bytes()?).into_owned())
    }
}

/// Writes items.
pub struct Encoder<'a> {
    sink: &'a mut dyn Write,
    /// What both sides agreed on.
    pub context: &'a Context,
}

impl fmt::Debug for Encoder<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Encoder").finish_non_exhaustive()
    }
}

impl<'a> Encoder<'a> {
    /// Writes to this sink.
    pub fn new(sink: &'a mut dyn Write, context: &'a Context) -> Encoder<'a> {
        Encoder { sink, context }
    }

    /// Writes an item.
    ///
    /// # Errors
    /// As [`Item::write`].
    pub fn write<T: Item>(&mut self, item: &T) -> Result<()> {
        item.write(self)
    }

    /// Writes a number.
    ///
    /// # Errors
    /// When the other side is gone.
    pub fn number(&mut self, number: u64) -> Result<()> {
        Ok(self.sink.write_all(&number.to_le_bytes())?)
    }

    /// Writes a string.
    ///
    /// # Errors
    /// When the other side is gone.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(write_bytes(self.sink, bytes)?)
    }

    /// Writes a string.
    ///
    /// # Errors
    /// When the other side is gone.
    pub fn text(&mut self, text: &str) -> Result<()> {
        self.bytes(text.as_bytes())
    }
}

fn text_of(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        ProtocolError::NotUtf8(String::from_utf8_lossy(error.as_bytes()).into_owned())
    })
}

pub(crate) fn number(source: &mut dyn Read) -> Result<u64> {
    let mut bytes = [0; 8];
    source.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

/// Reads the bytes of a string whose length was read.
fn bytes_after(source: &mut dyn Read, length: u64) -> Result<Vec<u8>> {
    // The stated length is not a reason to reserve so much.
    let mut bytes = Vec::with_capacity(length.min(CHUNK) as usize);
    (&mut *source).take(length).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < length {
        return Err(ProtocolError::Disconnected);
    }
    let mut padding = [0; 8];
    let padding = &mut padding[..(8 - length as usize % 8) % 8];
    source.read_exact(padding)?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(ProtocolError::Padding);
    }
    Ok(bytes)
}

pub(crate) fn write_bytes(sink: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    sink.write_all(&(bytes.len() as u64).to_le_bytes())?;
    sink.write_all(bytes)?;
    sink.write_all(&[0; 8][..(8 - bytes.len() % 8) % 8])
}

impl Item for u64 {
    fn read(from: &mut Decoder<'_>) -> Result<u64> {
        from.number()
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.number(*self)
    }
}

impl Item for bool {
    /// Any number but 0 is true, as for Nix.
    fn read(from: &mut Decoder<'_>) -> Result<bool> {
        Ok(from.number()? != 0)
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.number(u64::from(*self))
    }
}

impl Item for String {
    fn read(from: &mut Decoder<'_>) -> Result<String> {
        from.text()
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.text(self)
    }
}

impl<T: Item> Item for Vec<T> {
    fn read(from: &mut Decoder<'_>) -> Result<Vec<T>> {
        let count = from.number()?;
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(from.read()?);
        }
        Ok(items)
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.number(self.len() as u64)?;
        self.iter().try_for_each(|item| to.write(item))
    }
}

impl<T: Item + Ord> Item for BTreeSet<T> {
    fn read(from: &mut Decoder<'_>) -> Result<BTreeSet<T>> {
        let count = from.number()?;
        (0..count).map(|_| from.read()).collect()
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.number(self.len() as u64)?;
        self.iter().try_for_each(|item| to.write(item))
    }
}

impl<K: Item + Ord, V: Item> Item for BTreeMap<K, V> {
    fn read(from: &mut Decoder<'_>) -> Result<BTreeMap<K, V>> {
        let count = from.number()?;
        (0..count).map(|_| from.read()).collect()
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.number(self.len() as u64)?;
        self.iter().try_for_each(|(key, value)| {
            to.write(key)?;
            to.write(value)
        })
    }
}

impl<A: Item, B: Item> Item for (A, B) {
    fn read(from: &mut Decoder<'_>) -> Result<(A, B)> {
        Ok((from.read()?, from.read()?))
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.write(&self.0)?;
        to.write(&self.1)
    }
}
