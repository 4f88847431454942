//! Paths in JSON: as text where they are UTF-8, as a list of bytes where they are not.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Encoded {
    Text(String),
    Bytes(Vec<u8>),
}

/// Writes a path, for `#[serde(with = …)]`.
///
/// # Errors
/// When the serializer fails.
pub fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    encode(path).serialize(serializer)
}

/// Reads a path.
///
/// # Errors
/// When it is neither a text nor a list of bytes.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    Encoded::deserialize(deserializer).map(decode)
}

fn encode(path: &Path) -> Encoded {
    match path.to_str() {
        Some(text) => Encoded::Text(text.to_owned()),
        None => Encoded::Bytes(path.as_os_str().as_bytes().to_vec()),
    }
}

fn decode(encoded: Encoded) -> PathBuf {
    match encoded {
        Encoded::Text(text) => PathBuf::from(text),
        Encoded::Bytes(bytes) => PathBuf::from(OsString::from_vec(bytes)),
    }
}

/// The same for an optional path.
pub mod optional {
    use super::{Deserialize, Deserializer, Encoded, Path, PathBuf, Serialize, Serializer};

    #[allow(clippy::ref_option, reason = "the signature that serde asks for")]
    /// Writes a path, if there is one.
    ///
    /// # Errors
    /// When the serializer fails.
    pub fn serialize<S: Serializer>(
        path: &Option<PathBuf>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        path.as_deref()
            .map(|path: &Path| super::encode(path))
            .serialize(serializer)
    }

    /// Reads an optional path.
    ///
    /// # Errors
    /// When it is neither a text nor a list of bytes.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<PathBuf>, D::Error> {
        Ok(Option::<Encoded>::deserialize(deserializer)?.map(super::decode))
    }
}
