//! Flake references: what a user or a `flake.nix` calls a flake, as text and as attributes.

mod attributes;
mod command_line;
mod from_url;
mod git_url;
mod input;
mod parse;
pub mod url;

use std::fmt;

pub use attributes::{Attribute, Attributes};
pub use command_line::{CommandLineReference, FoundReference};
pub use git_url::is_legal_reference_name;
pub(crate) use input::is_bare_repository;
pub use input::{Input, Scheme, path_input};
pub use parse::{ParseOptions, parse, parse_with_fragment};

use url::{BadUrl, Url};

/// Why something is no flake reference. The messages are Nix's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// It is not a URL, or not one of the scheme that it names.
    #[error(transparent)]
    BadUrl(#[from] BadUrl),
    /// It is a URL or a set of attributes that nothing can be made of.
    #[error("{0}")]
    Invalid(String),
}

/// A flake: a tree, and where in it `flake.nix` is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlakeReference {
    /// The tree.
    pub input: Input,
    /// The directory of `flake.nix` below the root of the tree; empty for the root itself.
    pub directory: String,
}

impl FlakeReference {
    /// The flake at the root of a tree.
    #[must_use]
    pub fn at_root(input: Input) -> FlakeReference {
        FlakeReference {
            input,
            directory: String::new(),
        }
    }

    /// The name `id`, to be looked up in registries.
    ///
    /// # Errors
    /// When it is not one that a registry can have.
    pub fn indirect(id: &str) -> Result<FlakeReference, ReferenceError> {
        let attributes = Attributes::from_iter([("type", "indirect"), ("id", id)]);
        FlakeReference::from_attributes(attributes)
    }

    /// From the attribute form, as in lock files.
    ///
    /// # Errors
    /// When the attributes do not fit their `type`.
    pub fn from_attributes(attributes: Attributes) -> Result<FlakeReference, ReferenceError> {
        let directory = attributes.string("dir")?.unwrap_or_default().to_owned();
        let mut attributes = attributes;
        attributes.remove("dir");
        Ok(FlakeReference {
            input: Input::from_attributes(attributes)?,
            directory,
        })
    }

    /// The attribute form.
    #[must_use]
    pub fn to_attributes(&self) -> Attributes {
        let mut attributes = self.input.attributes().clone();
        if !self.directory.is_empty() {
            attributes.set("dir", self.directory.as_str());
        }
        attributes
    }

    /// The URL form.
    ///
    /// # Errors
    /// When the scheme is not known.
    pub fn to_url(&self) -> Result<Url, ReferenceError> {
        let mut url = self.input.to_url()?;
        if !self.directory.is_empty() {
            url.query
                .entry("dir".to_owned())
                .or_insert_with(|| self.directory.clone());
        }
        Ok(url)
    }

    /// The same, with `?dir=` no longer in the attribute `url` where it says what the directory
    /// says: old versions of Nix wrote both.
    #[must_use]
    pub fn canonicalised(&self) -> FlakeReference {
        let mut reference = self.clone();
        if let Some(mut url) = self
            .input
            .string("url")
            .and_then(|url| Url::parse(url).ok())
        {
            if !self.directory.is_empty() && url.query.get("dir") == Some(&self.directory) {
                url.query.remove("dir");
            }
            reference.input.set("url", url.to_string());
        }
        reference
    }
}

impl fmt::Display for FlakeReference {
    /// The URL form; where there is none, the attributes.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_url() {
            Ok(url) => url.fmt(formatter),
            Err(_) => self.to_attributes().fmt(formatter),
        }
    }
}

/// Whether a text is a name that registries and inputs can have: `[a-zA-Z][a-zA-Z0-9_-]*`.
#[must_use]
pub fn is_flake_id(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// Whether a text is a full SHA-1 revision.
#[must_use]
pub fn is_revision(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a byte may be in the name of a branch where `id/branch` is written.
fn is_reference_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'@' | b'+' | b'-')
}
