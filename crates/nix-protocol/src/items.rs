//! Store paths and what is known of them.

use nix_wire::{ContentAddress, Hash, HashAlgorithm, PathInfo, StorePath};

use crate::codec::{Decoder, Dialect, Encoder, Item};
use crate::error::ProtocolError;

type Result<T> = std::result::Result<T, ProtocolError>;

impl Item for StorePath {
    fn read(from: &mut Decoder<'_>) -> Result<StorePath> {
        Ok(from.context.store_dir.parse(&from.path()?)?)
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        let text = to.context.store_dir.print(self);
        to.text(&text)
    }
}

/// None is the empty string.
impl Item for Option<StorePath> {
    fn read(from: &mut Decoder<'_>) -> Result<Option<StorePath>> {
        let text = from.path()?;
        if text.is_empty() {
            return Ok(None);
        }
        Ok(Some(from.context.store_dir.parse(&text)?))
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        match self {
            Some(path) => to.write(path),
            None => to.text(""),
        }
    }
}

impl Item for ContentAddress {
    fn read(from: &mut Decoder<'_>) -> Result<ContentAddress> {
        Ok(from.text()?.parse()?)
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.text(&self.to_string())
    }
}

/// None is the empty string.
impl Item for Option<ContentAddress> {
    fn read(from: &mut Decoder<'_>) -> Result<Option<ContentAddress>> {
        let text = from.text()?;
        if text.is_empty() {
            return Ok(None);
        }
        Ok(Some(text.parse()?))
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        match self {
            Some(address) => to.write(address),
            None => to.text(""),
        }
    }
}

/// What is known of an object whose path both sides know already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unkeyed(PathInfo);

impl Unkeyed {
    /// What is known of this object.
    #[must_use]
    pub fn of(info: PathInfo) -> Unkeyed {
        Unkeyed(info)
    }

    /// That this is known of `path`.
    #[must_use]
    pub fn with_path(mut self, path: StorePath) -> PathInfo {
        self.0.path = path;
        self.0
    }
}

impl Item for Unkeyed {
    fn read(from: &mut Decoder<'_>) -> Result<Unkeyed> {
        let nothing = StorePath::new(&[0; 20], "x")?;
        let mut info = PathInfo::new(nothing, Hash::sha256(""), 0);
        info.deriver = from.read()?;
        match from.context.dialect {
            Dialect::Worker => {
                info.nar_hash = read_nar_hash(from)?;
                info.references = from.read()?;
                info.registration_time = from.small("registration time")?;
                info.nar_size = from.number()?;
                if from.context.worker_since(16) {
                    info.ultimate = from.read()?;
                    info.signatures = from.read()?;
                    info.content_address = from.read()?;
                }
            }
            Dialect::Serve => {
                info.references = from.read()?;
                // The size of a compressed archive, which nobody asks for.
                from.number()?;
                info.nar_size = from.number()?;
                if from.context.serve_since(4) {
                    let hash = from.text()?;
                    if !hash.is_empty() {
                        info.nar_hash = Hash::parse_prefixed(&hash)?;
                    }
                    info.content_address = from.read()?;
                    info.signatures = from.read()?;
                }
            }
        }
        Ok(Unkeyed(info))
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        let info = &self.0;
        to.write(&info.deriver)?;
        match to.context.dialect {
            Dialect::Worker => {
                to.text(&info.nar_hash.base16())?;
                to.write(&info.references)?;
                to.number(info.registration_time as u64)?;
                to.number(info.nar_size)?;
                if to.context.worker_since(16) {
                    to.write(&info.ultimate)?;
                    to.write(&info.signatures)?;
                    to.write(&info.content_address)?;
                }
            }
            Dialect::Serve => {
                to.write(&info.references)?;
                to.number(info.nar_size)?;
                to.number(info.nar_size)?;
                if to.context.serve_since(4) {
                    to.text(&format!("sha256:{}", info.nar_hash.nix32()))?;
                    to.write(&info.content_address)?;
                    to.write(&info.signatures)?;
                }
            }
        }
        Ok(())
    }
}

impl Item for PathInfo {
    fn read(from: &mut Decoder<'_>) -> Result<PathInfo> {
        let path = from.read()?;
        Ok(from.read::<Unkeyed>()?.with_path(path))
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.write(&self.path)?;
        to.write(&Unkeyed::of(self.clone()))
    }
}

/// The hash of an archive: hexadecimal without the name of the algorithm, or with it.
pub(crate) fn read_nar_hash(from: &mut Decoder<'_>) -> Result<Hash> {
    Ok(Hash::parse(&from.text()?, Some(HashAlgorithm::Sha256))?)
}
