//! Content addresses: how the path of a store object follows from what is in it.

use std::fmt;
use std::str::FromStr;

use crate::hash::{Hash, HashAlgorithm, HashError};

/// What of a store object is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContentAddressMethod {
    /// The contents of a file that may have references (`builtins.toFile`, derivations).
    Text,
    /// The contents of a file without references.
    Flat,
    /// The NAR of a file or tree.
    NixArchive,
    /// Git's hash of a file or tree.
    Git,
}

impl ContentAddressMethod {
    /// What comes before the algorithm in derivations and in the hashed text of fixed outputs.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            ContentAddressMethod::Text => "text:",
            ContentAddressMethod::Flat => "",
            ContentAddressMethod::NixArchive => "r:",
            ContentAddressMethod::Git => "git:",
        }
    }

    /// The name in JSON and, but for `recursive`, of `outputHashMode`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ContentAddressMethod::Text => "text",
            ContentAddressMethod::Flat => "flat",
            ContentAddressMethod::NixArchive => "nar",
            ContentAddressMethod::Git => "git",
        }
    }

    /// The method of this `outputHashMode`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<ContentAddressMethod> {
        Some(match name {
            "text" => ContentAddressMethod::Text,
            "flat" => ContentAddressMethod::Flat,
            "nar" | "recursive" => ContentAddressMethod::NixArchive,
            "git" => ContentAddressMethod::Git,
            _ => return None,
        })
    }

    /// Splits `r:sha256` into method and algorithm.
    ///
    /// # Errors
    /// When the algorithm is unknown.
    pub fn parse_with_algorithm(
        text: &str,
    ) -> Result<(ContentAddressMethod, HashAlgorithm), HashError> {
        let prefixed = [
            ContentAddressMethod::NixArchive,
            ContentAddressMethod::Git,
            ContentAddressMethod::Text,
        ];
        for method in prefixed {
            if let Some(rest) = text.strip_prefix(method.prefix()) {
                return Ok((method, rest.parse()?));
            }
        }
        Ok((ContentAddressMethod::Flat, text.parse()?))
    }
}

/// The content address of a store object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentAddress {
    /// What is hashed.
    pub method: ContentAddressMethod,
    /// Its hash.
    pub hash: Hash,
}

/// Why a text is no content address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum ContentAddressError {
    #[error("not a content address because it is not in the form '<prefix>:<rest>': {0}")]
    NoPrefix(String),
    #[error("content address prefix '{0}' is unknown: it must be 'text' or 'fixed'")]
    UnknownPrefix(String),
    #[error(transparent)]
    Hash(#[from] HashError),
}

impl fmt::Display for ContentAddress {
    /// As in databases and narinfos: `fixed:r:sha256:` and the hash in base 32.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = self.method.prefix();
        let kind = if self.method == ContentAddressMethod::Text {
            ""
        } else {
            "fixed:"
        };
        write!(
            formatter,
            "{kind}{prefix}{}:{}",
            self.hash.algorithm(),
            self.hash.nix32()
        )
    }
}

impl FromStr for ContentAddress {
    type Err = ContentAddressError;

    fn from_str(text: &str) -> Result<ContentAddress, ContentAddressError> {
        let (prefix, rest) = text
            .split_once(':')
            .ok_or_else(|| ContentAddressError::NoPrefix(text.to_owned()))?;
        let (method, rest) = match prefix {
            "text" => (ContentAddressMethod::Text, rest),
            "fixed" => {
                if let Some(rest) = rest.strip_prefix("r:") {
                    (ContentAddressMethod::NixArchive, rest)
                } else if let Some(rest) = rest.strip_prefix("git:") {
                    (ContentAddressMethod::Git, rest)
                } else {
                    (ContentAddressMethod::Flat, rest)
                }
            }
            _ => return Err(ContentAddressError::UnknownPrefix(prefix.to_owned())),
        };
        Ok(ContentAddress {
            method,
            hash: Hash::parse_prefixed(rest)?,
        })
    }
}
