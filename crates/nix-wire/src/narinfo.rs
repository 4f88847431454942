//! What a binary cache says about a store object.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::content_address::{ContentAddress, ContentAddressError};
use crate::hash::{Hash, HashError};
use crate::store_path::{StoreDir, StorePath, StorePathError};

/// A `.narinfo` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NarInfo {
    /// Of which store object.
    pub path: StorePath,
    /// Where its archive is, relative to the cache.
    pub url: String,
    /// How that is compressed: `none`, `xz`, `zstd`, `bzip2`, `br`, `lz4`, …
    pub compression: String,
    /// The hash of the compressed archive.
    pub file_hash: Option<Hash>,
    /// Its size.
    pub file_size: Option<u64>,
    /// The hash of the archive.
    pub nar_hash: Hash,
    /// Its size.
    pub nar_size: u64,
    /// What the object refers to, maybe itself.
    pub references: BTreeSet<StorePath>,
    /// The derivation that made it.
    pub deriver: Option<StorePath>,
    /// `name:base64` each.
    pub signatures: BTreeSet<String>,
    /// Its content address, when it has one.
    pub content_address: Option<ContentAddress>,
}

/// What is wrong with a narinfo.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum NarInfoError {
    #[error("line {0} of a NAR info has no ': '")]
    NoColon(usize),
    #[error("NAR info has '{0}' twice")]
    Twice(&'static str),
    #[error("NAR info has no '{0}'")]
    Missing(&'static str),
    #[error("NAR info has an invalid number '{0}'")]
    Number(String),
    #[error("NAR info has an invalid hash: {0}")]
    Hash(#[from] HashError),
    #[error("NAR info has an invalid path: {0}")]
    Path(#[from] StorePathError),
    #[error("NAR info has an invalid content address: {0}")]
    ContentAddress(#[from] ContentAddressError),
}

impl NarInfo {
    /// Parses a file. Unknown fields are passed over; without `Compression` it is `bzip2`.
    ///
    /// # Errors
    /// When a field is missing, there twice or malformed.
    pub fn parse(store: &StoreDir, text: &str) -> Result<NarInfo, NarInfoError> {
        let (mut path, mut url, mut compression, mut deriver) = (None, None, None, None);
        let (mut file_hash, mut file_size) = (None, None);
        let (mut nar_hash, mut nar_size) = (None, None);
        let (mut references, mut content_address) = (None, None);
        let mut signatures = BTreeSet::new();
        for (index, line) in text.lines().enumerate() {
            let (name, value) = line
                .split_once(':')
                .ok_or(NarInfoError::NoColon(index + 1))?;
            let value = value.strip_prefix(' ').unwrap_or(value);
            match name {
                "StorePath" => set(&mut path, "StorePath", store.parse(value)?)?,
                "URL" => set(&mut url, "URL", value.to_owned())?,
                "Compression" => set(&mut compression, "Compression", value.to_owned())?,
                "FileHash" => set(&mut file_hash, "FileHash", Hash::parse_prefixed(value)?)?,
                "FileSize" => set(&mut file_size, "FileSize", number(value)?)?,
                "NarHash" => set(&mut nar_hash, "NarHash", Hash::parse_prefixed(value)?)?,
                "NarSize" => set(&mut nar_size, "NarSize", number(value)?)?,
                "References" => {
                    let paths = value
                        .split(' ')
                        .filter(|name| !name.is_empty())
                        .map(StorePath::from_base_name)
                        .collect::<Result<_, _>>()?;
                    set(&mut references, "References", paths)?;
                }
                "Deriver" if value == "unknown-deriver" => {}
                "Deriver" => set(&mut deriver, "Deriver", StorePath::from_base_name(value)?)?,
                "Sig" => {
                    signatures.insert(value.to_owned());
                }
                "CA" if value.is_empty() => {}
                "CA" => set(&mut content_address, "CA", value.parse()?)?,
                _ => {}
            }
        }
        Ok(NarInfo {
            path: path.ok_or(NarInfoError::Missing("StorePath"))?,
            url: url
                .filter(|url: &String| !url.is_empty())
                .ok_or(NarInfoError::Missing("URL"))?,
            compression: compression
                .filter(|name: &String| !name.is_empty())
                .unwrap_or_else(|| "bzip2".to_owned()),
            file_hash,
            file_size,
            nar_hash: nar_hash.ok_or(NarInfoError::Missing("NarHash"))?,
            nar_size: nar_size
                .filter(|size| *size > 0)
                .ok_or(NarInfoError::Missing("NarSize"))?,
            references: references.unwrap_or_default(),
            deriver,
            signatures,
            content_address,
        })
    }

    /// The file's text, with its fields in Nix's order.
    #[must_use]
    pub fn unparse(&self, store: &StoreDir) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: &str| {
            text.push_str(name);
            text.push_str(": ");
            text.push_str(value);
            text.push('\n');
        };
        let hash_text = |hash: &Hash| format!("{}:{}", hash.algorithm(), hash.nix32());
        line("StorePath", &store.print(&self.path));
        line("URL", &self.url);
        line("Compression", &self.compression);
        if let Some(hash) = &self.file_hash {
            line("FileHash", &hash_text(hash));
        }
        if let Some(size) = self.file_size {
            line("FileSize", &size.to_string());
        }
        line("NarHash", &hash_text(&self.nar_hash));
        line("NarSize", &self.nar_size.to_string());
        let references: Vec<&str> = self.references.iter().map(StorePath::base_name).collect();
        line("References", &references.join(" "));
        if let Some(deriver) = &self.deriver {
            line("Deriver", deriver.base_name());
        }
        for signature in &self.signatures {
            line("Sig", signature);
        }
        if let Some(address) = &self.content_address {
            line("CA", &address.to_string());
        }
        text
    }

    /// The text that is signed.
    #[must_use]
    pub fn fingerprint(&self, store: &StoreDir) -> String {
        fingerprint(
            store,
            &self.path,
            &self.nar_hash,
            self.nar_size,
            &self.references,
        )
    }
}

/// The text that is signed to vouch for a store object.
#[must_use]
pub fn fingerprint(
    store: &StoreDir,
    path: &StorePath,
    nar_hash: &Hash,
    nar_size: u64,
    references: &BTreeSet<StorePath>,
) -> String {
    let mut text = format!(
        "1;{};{}:{};{nar_size};",
        store.print(path),
        nar_hash.algorithm(),
        nar_hash.nix32()
    );
    for (index, reference) in references.iter().enumerate() {
        let separator = if index == 0 { "" } else { "," };
        // Writing to a string does not fail.
        let _ = write!(text, "{separator}{}", store.print(reference));
    }
    text
}

fn set<T>(field: &mut Option<T>, name: &'static str, value: T) -> Result<(), NarInfoError> {
    match field.replace(value) {
        None => Ok(()),
        Some(_) => Err(NarInfoError::Twice(name)),
    }
}

fn number(text: &str) -> Result<u64, NarInfoError> {
    text.parse()
        .map_err(|_| NarInfoError::Number(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
StorePath: /nix/store/vqpn17r03lqabwk0wksgpbgy620zwfd4-t
URL: nar/1w1fff338fvdw53sqgamddn1b2xgds473pv6y13gizdbqjv4i5p3.nar.xz
Compression: xz
FileHash: sha256:1w1fff338fvdw53sqgamddn1b2xgds473pv6y13gizdbqjv4i5p3
FileSize: 180
NarHash: sha256:1w1fff338fvdw53sqgamddn1b2xgds473pv6y13gizdbqjv4i5p3
NarSize: 120
References: f37kxm5wf98b2s839zaiybv38zil0s40-a vqpn17r03lqabwk0wksgpbgy620zwfd4-t
Deriver: 7g5giqf764p3y3zv7a8rqsy9sqqq5kw4-a.drv
Sig: cache-1:AAAA
CA: text:sha256:1w1fff338fvdw53sqgamddn1b2xgds473pv6y13gizdbqjv4i5p3
";

    #[test]
    fn a_file_is_written_as_it_was_read() {
        let store = StoreDir::default();
        let info = NarInfo::parse(&store, TEXT).expect("a narinfo");
        assert_eq!(info.unparse(&store), TEXT);
        assert_eq!(
            info.fingerprint(&store),
            "1;/nix/store/vqpn17r03lqabwk0wksgpbgy620zwfd4-t;\
             sha256:1w1fff338fvdw53sqgamddn1b2xgds473pv6y13gizdbqjv4i5p3;120;\
             /nix/store/f37kxm5wf98b2s839zaiybv38zil0s40-a,\
             /nix/store/vqpn17r03lqabwk0wksgpbgy620zwfd4-t"
        );
    }

    #[test]
    fn what_is_missing_or_there_twice_is_named() {
        let store = StoreDir::default();
        for field in ["StorePath", "URL", "NarHash", "NarSize"] {
            let without: String = TEXT
                .lines()
                .filter(|line| !line.starts_with(field))
                .map(|line| format!("{line}\n"))
                .collect();
            assert_eq!(
                NarInfo::parse(&store, &without),
                Err(NarInfoError::Missing(field))
            );
        }
        let twice = format!("{TEXT}NarSize: 3\n");
        assert_eq!(
            NarInfo::parse(&store, &twice),
            Err(NarInfoError::Twice("NarSize"))
        );
        let unknown = format!("{TEXT}Later: yes\n");
        assert!(NarInfo::parse(&store, &unknown).is_ok());
    }
}
