//! How stores are named: `auto`, `daemon`, `local?root=/mnt`, `ssh-ng://user@host`, a path.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

/// Which store is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoreKind {
    /// The local one where it can be written, else the daemon's where that answers.
    Auto,
    /// The daemon at its usual socket.
    Daemon,
    /// The local one.
    Local,
    /// By address.
    Address {
        /// What comes before `://` or `:`, in lower case.
        scheme: String,
        /// What comes after it and before the parameters.
        authority: String,
    },
}

/// The name of a store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoreReference {
    /// Which store.
    pub kind: StoreKind,
    /// Its settings, without the percent signs of a URL.
    pub parameters: BTreeMap<String, String>,
}

/// Why a text names no store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum StoreReferenceError {
    #[error("Cannot parse Nix store '{0}'")]
    Unknown(String),
    #[error("the parameter '{parameter}' of the store '{store}' has no value")]
    NoValue { store: String, parameter: String },
    #[error(
        "the parameter '{parameter}' of the store '{store}' is '{value}', but should be 'true' or \
         'false'"
    )]
    NotBoolean {
        store: String,
        parameter: String,
        value: String,
    },
    #[error("'{text}' in the store '{store}' has a bad percent encoding")]
    Encoding { store: String, text: String },
}

impl StoreReference {
    /// One without parameters.
    #[must_use]
    pub fn new(kind: StoreKind) -> StoreReference {
        StoreReference {
            kind,
            parameters: BTreeMap::new(),
        }
    }

    /// One by address, without parameters.
    #[must_use]
    pub fn address(scheme: &str, authority: &str) -> StoreReference {
        StoreReference::new(StoreKind::Address {
            scheme: scheme.to_owned(),
            authority: authority.to_owned(),
        })
    }

    /// A setting.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// A setting that is on or off, if it is made.
    ///
    /// # Errors
    /// When it is neither.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, StoreReferenceError> {
        match self.parameter(name) {
            None => Ok(None),
            Some("true" | "yes" | "1") => Ok(Some(true)),
            Some("false" | "no" | "0") => Ok(Some(false)),
            Some(value) => Err(StoreReferenceError::NotBoolean {
                store: self.to_string(),
                parameter: name.to_owned(),
                value: value.to_owned(),
            }),
        }
    }
}

impl FromStr for StoreReference {
    type Err = StoreReferenceError;

    fn from_str(text: &str) -> Result<StoreReference, StoreReferenceError> {
        let (base, query) = match text.split_once('?') {
            Some((base, query)) => (base, Some(query)),
            None => (text, None),
        };
        let parameters = parameters(text, query.unwrap_or_default())?;
        let address = |scheme: &str, authority: &str| StoreKind::Address {
            scheme: scheme.to_ascii_lowercase(),
            authority: authority.to_owned(),
        };
        let kind = match base {
            "" | "auto" => StoreKind::Auto,
            "daemon" if parameters.is_empty() => StoreKind::Daemon,
            "daemon" => address("unix", ""),
            "local" if parameters.is_empty() => StoreKind::Local,
            "local" => address("local", ""),
            _ => match base.split_once(':') {
                Some((scheme, rest)) if is_scheme(scheme) => {
                    let rest = rest.strip_prefix("//").unwrap_or(rest);
                    address(scheme, &bracket_address(rest))
                }
                _ if base.contains('/') && !base.contains("://") => address("local", base),
                _ => return Err(StoreReferenceError::Unknown(text.to_owned())),
            },
        };
        Ok(StoreReference { kind, parameters })
    }
}

impl fmt::Display for StoreReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            StoreKind::Auto => formatter.write_str("auto")?,
            StoreKind::Daemon => formatter.write_str("daemon")?,
            StoreKind::Local => formatter.write_str("local")?,
            StoreKind::Address { scheme, authority } => {
                write!(formatter, "{scheme}://{authority}")?;
            }
        }
        for (index, (name, value)) in self.parameters.iter().enumerate() {
            let separator = if index == 0 { '?' } else { '&' };
            write!(formatter, "{separator}{}={}", encode(name), encode(value))?;
        }
        Ok(())
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// Addresses of version 6 may come without their brackets.
fn bracket_address(authority: &str) -> String {
    let (user, host) = match authority.split_once('@') {
        Some((user, host)) => (format!("{user}@"), host),
        None => (String::new(), authority),
    };
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let (address, zone) = match inner.split_once('%') {
        Some((address, zone)) => (address, Some(zone.strip_prefix("25").unwrap_or(zone))),
        None => (inner, None),
    };
    if address.parse::<std::net::Ipv6Addr>().is_err() {
        return authority.to_owned();
    }
    match zone {
        Some(zone) => format!("{user}[{address}%25{zone}]"),
        None => format!("{user}[{address}]"),
    }
}

fn parameters(store: &str, query: &str) -> Result<BTreeMap<String, String>, StoreReferenceError> {
    let mut parameters = BTreeMap::new();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part
            .split_once('=')
            .ok_or_else(|| StoreReferenceError::NoValue {
                store: store.to_owned(),
                parameter: part.to_owned(),
            })?;
        let decode = |text: &str| {
            decode(text).ok_or_else(|| StoreReferenceError::Encoding {
                store: store.to_owned(),
                text: text.to_owned(),
            })
        };
        parameters.insert(decode(name)?, decode(value)?);
    }
    Ok(parameters)
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

/// As Nix encodes: what may stand in a query stays.
fn encode(text: &str) -> String {
    percent_encode(text.as_bytes(), b"-._~!$'()*+,;:@/?")
}

/// Percent-encodes all but letters, digits and what is in `kept`.
pub(crate) fn percent_encode(bytes: &[u8], kept: &[u8]) -> String {
    let mut encoded = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || kept.contains(byte) {
            encoded.push(char::from(*byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is typed, and the same as Nix writes it.
    const NAMES: &[(&str, &str)] = &[
        ("", "auto"),
        ("auto?root=/foo/bar/baz", "auto?root=/foo/bar/baz"),
        ("daemon", "daemon"),
        ("local", "local"),
        ("local?root=/foo/bar/baz", "local://?root=/foo/bar/baz"),
        ("local://?root=/foo bar/baz", "local://?root=/foo%20bar/baz"),
        (
            "/foo/bar/baz?trusted=true",
            "local:///foo/bar/baz?trusted=true",
        ),
        ("file:/foo/bar/baz", "file:///foo/bar/baz"),
        ("ssh://localhost", "ssh://localhost"),
        ("ssh://::1", "ssh://[::1]"),
        (
            "ssh://userinfo@fea5:23e1:3916:fc24:cb52:2837:2ecb:ea8e%eth0?a=b&c=d",
            "ssh://userinfo@[fea5:23e1:3916:fc24:cb52:2837:2ecb:ea8e%25eth0]?a=b&c=d",
        ),
        (
            "daemon?max-connections=7&trusted=true",
            "unix://?max-connections=7&trusted=true",
        ),
        ("ssh-ng://alice@host:2222", "ssh-ng://alice@host:2222"),
    ];

    #[test]
    fn names_are_read_and_written_as_nix_does() {
        for (typed, written) in NAMES {
            let reference: StoreReference = typed.parse().expect("a name");
            assert_eq!(reference.to_string(), *written, "{typed}");
            assert_eq!(written.parse(), Ok(reference), "{written}");
        }
    }

    #[test]
    fn settings_are_on_or_off() {
        let boolean = |text: &str| {
            let reference: StoreReference = text.parse().expect("a name");
            reference.boolean("read-only")
        };
        assert_eq!(boolean("local?read-only=1"), Ok(Some(true)));
        assert_eq!(boolean("local?read-only=no"), Ok(Some(false)));
        assert_eq!(boolean("local"), Ok(None));
        assert!(boolean("local?read-only=on").is_err());
    }

    #[test]
    fn what_names_no_store_is_refused() {
        for text in [
            "remote",
            "1http://x",
            "local?root",
            "local?root=%g0",
            "local?root=%F",
        ] {
            assert!(text.parse::<StoreReference>().is_err(), "{text}");
        }
    }
}
