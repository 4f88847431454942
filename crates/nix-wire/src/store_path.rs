//! Store paths: their names, and how they are computed.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::content_address::ContentAddressMethod;
use crate::hash::{Hash, HashAlgorithm, compress, encoding};

/// The number of characters of the hash part.
pub const HASH_PART_LENGTH: usize = 32;
/// The longest name after the hash part: 255, the longest file name, less the hash part, its dash
/// and room for `.drv.chroot`-like endings.
pub const LONGEST_NAME: usize = 211;
/// What the names of derivations end in.
pub const DERIVATION_EXTENSION: &str = ".drv";

/// Why something is no store path. The messages are Nix's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum StorePathError {
    #[error("name must not be empty")]
    EmptyName,
    #[error("name '{0}' must be no longer than {LONGEST_NAME} characters")]
    NameTooLong(String),
    #[error("name '{0}' is not valid")]
    InvalidName(String),
    #[error("name '{name}' is not valid: first dash-separated component must not be '{component}'")]
    InvalidNameComponent {
        name: String,
        component: &'static str,
    },
    #[error("name '{name}' contains illegal character '{character}'")]
    IllegalCharacter { name: String, character: char },
    #[error("path '{path}' is not a valid store path: {reason}")]
    InvalidPath {
        path: String,
        reason: Box<StorePathError>,
    },
    #[error("'{0}' is too short to be a valid store path")]
    TooShort(String),
    #[error("'{0}' can't name a store path because the hash part is not followed by a '-'")]
    NoDash(String),
    #[error("store path '{path}' contains illegal base-32 character '{character}'")]
    IllegalHashCharacter { path: String, character: char },
    #[error("empty path is not a valid store path")]
    EmptyPath,
    #[error("path '{0}' is not in the Nix store")]
    NotInStore(String),
    #[error("store path '{0}' is not a valid derivation path")]
    NotADerivation(String),
    #[error("store directory '{0}' is not an absolute path in its shortest form")]
    BadStoreDir(String),
    #[error("'{0}' is not allowed to refer to other store paths")]
    ReferencesNotAllowed(String),
    #[error("Git file ingestion must use SHA-1 or SHA-256 hash, but instead using: {0}")]
    GitHash(HashAlgorithm),
    #[error("text must be hashed with SHA-256, not {0}")]
    TextHash(HashAlgorithm),
}

/// Checks the name of a store object: 1 to 211 characters of `[0-9a-zA-Z+._?=-]` that neither are
/// nor begin like `.` and `..`.
///
/// # Errors
/// Says what is wrong with it.
pub fn check_name(name: &str) -> Result<(), StorePathError> {
    if name.is_empty() {
        return Err(StorePathError::EmptyName);
    }
    if name.len() > LONGEST_NAME {
        return Err(StorePathError::NameTooLong(name.to_owned()));
    }
    if name == "." || name == ".." {
        return Err(StorePathError::InvalidName(name.to_owned()));
    }
    for (beginning, component) in [(".-", "."), ("..-", "..")] {
        if name.starts_with(beginning) {
            let name = name.to_owned();
            return Err(StorePathError::InvalidNameComponent { name, component });
        }
    }
    let legal = |character: char| {
        character.is_ascii_alphanumeric() || matches!(character, '+' | '-' | '.' | '_' | '?' | '=')
    };
    match name.chars().find(|character| !legal(*character)) {
        Some(character) => Err(StorePathError::IllegalCharacter {
            name: name.to_owned(),
            character,
        }),
        None => Ok(()),
    }
}

/// The base name of a store object: hash part, dash, name. Cheap to clone. Ordered as text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StorePath(Arc<str>);

impl StorePath {
    /// Parses a base name.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_base_name(base_name: &str) -> Result<StorePath, StorePathError> {
        if base_name.len() < HASH_PART_LENGTH + 1 {
            return Err(StorePathError::TooShort(base_name.to_owned()));
        }
        if base_name.as_bytes()[HASH_PART_LENGTH] != b'-' {
            return Err(StorePathError::NoDash(base_name.to_owned()));
        }
        // The dash is one byte, so the text can be cut there, but the bytes before it may be any.
        let (hash_part, rest) = base_name.split_at(HASH_PART_LENGTH);
        let legal = |character: char| u8::try_from(character).is_ok_and(encoding::is_nix32_digit);
        if let Some(character) = hash_part.chars().find(|character| !legal(*character)) {
            let path = base_name.to_owned();
            return Err(StorePathError::IllegalHashCharacter { path, character });
        }
        check_name(&rest[1..]).map_err(|reason| StorePathError::InvalidPath {
            path: base_name.to_owned(),
            reason: Box::new(reason),
        })?;
        Ok(StorePath(base_name.into()))
    }

    /// A path of this compressed hash and name.
    ///
    /// # Errors
    /// When the name is none.
    pub fn new(hash: &[u8; 20], name: &str) -> Result<StorePath, StorePathError> {
        let base_name = format!("{}-{name}", encoding::nix32(hash));
        match check_name(name) {
            Ok(()) => Ok(StorePath(base_name.into())),
            Err(reason) => Err(StorePathError::InvalidPath {
                path: base_name,
                reason: Box::new(reason),
            }),
        }
    }

    /// The whole base name.
    #[must_use]
    pub fn base_name(&self) -> &str {
        &self.0
    }

    /// The first 32 characters.
    #[must_use]
    pub fn hash_part(&self) -> &str {
        &self.0[..HASH_PART_LENGTH]
    }

    /// What follows the hash part and its dash.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0[HASH_PART_LENGTH + 1..]
    }

    /// Whether it is named like a derivation.
    #[must_use]
    pub fn is_derivation(&self) -> bool {
        self.name().ends_with(DERIVATION_EXTENSION)
    }

    /// The name without `.drv`.
    ///
    /// # Errors
    /// When it is not named like a derivation.
    pub fn derivation_name(&self) -> Result<&str, StorePathError> {
        self.name()
            .strip_suffix(DERIVATION_EXTENSION)
            .ok_or_else(|| StorePathError::NotADerivation(self.0.as_ref().to_owned()))
    }
}

impl fmt::Display for StorePath {
    /// The base name.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for StorePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "StorePath({})", self.0)
    }
}

impl Borrow<str> for StorePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// What a store object refers to: other objects, and maybe itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct References<'a> {
    /// Other objects, in order.
    pub others: &'a [StorePath],
    /// Whether it has its own path in it.
    pub to_itself: bool,
}

/// The directory that all paths of a store begin with. It is part of what is hashed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct StoreDir(Arc<str>);

impl Default for StoreDir {
    /// `/nix/store`
    fn default() -> StoreDir {
        StoreDir("/nix/store".into())
    }
}

impl fmt::Display for StoreDir {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl StoreDir {
    /// This directory.
    ///
    /// # Errors
    /// When it is not absolute, or not in its shortest form (`//`, `.`, `..`, a slash at the end).
    pub fn new(directory: &str) -> Result<StoreDir, StorePathError> {
        let canonical = directory.strip_prefix('/').is_some_and(|rest| {
            rest.split('/').all(|part| !matches!(part, "" | "." | ".."))
                && !rest.contains(['\0', '\n'])
        });
        if !canonical {
            return Err(StorePathError::BadStoreDir(directory.to_owned()));
        }
        Ok(StoreDir(directory.into()))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The full path of a store object.
    #[must_use]
    pub fn print(&self, path: &StorePath) -> String {
        let mut text = String::with_capacity(self.0.len() + 1 + path.0.len());
        self.print_to(&mut text, path);
        text
    }

    /// Appends the full path of a store object.
    pub fn print_to(&self, text: &mut String, path: &StorePath) {
        text.push_str(&self.0);
        text.push('/');
        text.push_str(&path.0);
    }

    /// Parses the full path of a store object, with nothing after it.
    ///
    /// # Errors
    /// When it is not in this store, is below a store object, or names none.
    pub fn parse(&self, path: &str) -> Result<StorePath, StorePathError> {
        if path.is_empty() {
            return Err(StorePathError::EmptyPath);
        }
        let base_name = path
            .strip_prefix(&*self.0)
            .and_then(|rest| rest.strip_prefix('/'))
            .ok_or_else(|| StorePathError::NotInStore(path.to_owned()))?;
        StorePath::from_base_name(base_name)
    }

    /// Parses a path in or below a store object into that object and the rest, which is empty or
    /// begins with a slash.
    ///
    /// # Errors
    /// When it is not in this store.
    pub fn parse_within<'a>(&self, path: &'a str) -> Result<(StorePath, &'a str), StorePathError> {
        let rest = path
            .strip_prefix(&*self.0)
            .and_then(|rest| rest.strip_prefix('/'))
            .ok_or_else(|| StorePathError::NotInStore(path.to_owned()))?;
        let end = rest.find('/').unwrap_or(rest.len());
        Ok((StorePath::from_base_name(&rest[..end])?, &rest[end..]))
    }

    /// Whether the path is in or below a store object of this store, whatever its name.
    #[must_use]
    pub fn contains(&self, path: &str) -> bool {
        path.strip_prefix(&*self.0)
            .and_then(|rest| rest.strip_prefix('/'))
            .is_some_and(|rest| !rest.is_empty())
    }

    /// The path of kind `kind` whose contents have this hash, the basis of all others.
    ///
    /// # Errors
    /// When the name is none.
    pub fn make_path(
        &self,
        kind: &str,
        hash: &Hash,
        name: &str,
    ) -> Result<StorePath, StorePathError> {
        let text = format!(
            "{kind}:{}:{}:{}:{name}",
            hash.algorithm(),
            hash.base16(),
            self.0
        );
        StorePath::new(&compress(Hash::sha256(text).digest()), name)
    }

    /// The path of a text with these references (sorted or not), such as a derivation or what
    /// `builtins.toFile` makes.
    ///
    /// # Errors
    /// When the name is none.
    pub fn text_path<'a>(
        &self,
        name: &str,
        contents_hash: &Hash,
        references: impl IntoIterator<Item = &'a StorePath>,
    ) -> Result<StorePath, StorePathError> {
        let mut references: Vec<&StorePath> = references.into_iter().collect();
        references.sort();
        references.dedup();
        self.make_path(
            &self.kind_with_references("text", references, false),
            contents_hash,
            name,
        )
    }

    /// The path of a file or tree that is known by its own hash: added sources and fixed outputs.
    ///
    /// # Errors
    /// When the name is none, or the method does not allow these references or this algorithm.
    pub fn content_path(
        &self,
        name: &str,
        method: ContentAddressMethod,
        hash: &Hash,
        references: References<'_>,
    ) -> Result<StorePath, StorePathError> {
        let algorithm = hash.algorithm();
        match method {
            ContentAddressMethod::Text => {
                if references.to_itself {
                    return Err(StorePathError::ReferencesNotAllowed(name.to_owned()));
                }
                if algorithm != HashAlgorithm::Sha256 {
                    return Err(StorePathError::TextHash(algorithm));
                }
                return self.text_path(name, hash, references.others);
            }
            ContentAddressMethod::NixArchive if algorithm == HashAlgorithm::Sha256 => {
                let mut others: Vec<&StorePath> = references.others.iter().collect();
                others.sort();
                others.dedup();
                let kind = self.kind_with_references("source", others, references.to_itself);
                return self.make_path(&kind, hash, name);
            }
            ContentAddressMethod::Git
                if !matches!(algorithm, HashAlgorithm::Sha1 | HashAlgorithm::Sha256) =>
            {
                return Err(StorePathError::GitHash(algorithm));
            }
            _ => {}
        }
        if !references.others.is_empty() || references.to_itself {
            return Err(StorePathError::ReferencesNotAllowed(name.to_owned()));
        }
        let text = format!(
            "fixed:out:{}{algorithm}:{}:",
            method.prefix(),
            hash.base16()
        );
        self.make_path("output:out", &Hash::sha256(text), name)
    }

    /// The path of an output of a derivation that is known by its inputs.
    ///
    /// # Errors
    /// When the names make no name.
    pub fn output_path(
        &self,
        output: &str,
        derivation_hash: &Hash,
        derivation_name: &str,
    ) -> Result<StorePath, StorePathError> {
        let name = output_path_name(derivation_name, output);
        self.make_path(&format!("output:{output}"), derivation_hash, &name)
    }

    fn kind_with_references<'a>(
        &self,
        kind: &str,
        references: impl IntoIterator<Item = &'a StorePath>,
        to_itself: bool,
    ) -> String {
        let mut text = kind.to_owned();
        for reference in references {
            text.push(':');
            self.print_to(&mut text, reference);
        }
        if to_itself {
            text.push_str(":self");
        }
        text
    }
}

/// The name of the store path of an output: that of the derivation, and `-output` unless it is
/// `out`.
#[must_use]
pub fn output_path_name(derivation_name: &str, output: &str) -> String {
    match output {
        "out" => derivation_name.to_owned(),
        _ => format!("{derivation_name}-{output}"),
    }
}

/// What stands in a derivation for the path of its own output (`builtins.placeholder`).
#[must_use]
pub fn placeholder(output: &str) -> String {
    format!("/{}", Hash::sha256(format!("nix-output:{output}")).nix32())
}

/// What stands in other derivations for an output whose path is known only once it is built.
///
/// # Errors
/// When the path is not that of a derivation.
pub fn upstream_placeholder(
    derivation: &StorePath,
    output: &str,
) -> Result<String, StorePathError> {
    Ok(format!(
        "/{}",
        upstream_placeholder_hash(derivation, output)?.nix32()
    ))
}

/// What stands for the output of a derivation that is itself the output of a derivation: output
/// `output` of what `derivation_output` of `derivation` will be.
///
/// # Errors
/// When the path is not that of a derivation.
pub fn computed_placeholder(
    derivation: &StorePath,
    derivation_output: &str,
    output: &str,
) -> Result<String, StorePathError> {
    let hash = upstream_placeholder_hash(derivation, derivation_output)?;
    let compressed: [u8; 20] = compress(hash.digest());
    let text = format!(
        "nix-computed-output:{}:{output}",
        encoding::nix32(&compressed)
    );
    Ok(format!("/{}", Hash::sha256(text).nix32()))
}

fn upstream_placeholder_hash(derivation: &StorePath, output: &str) -> Result<Hash, StorePathError> {
    let name = output_path_name(derivation.derivation_name()?, output);
    Ok(Hash::sha256(format!(
        "nix-upstream-output:{}:{name}",
        derivation.hash_part()
    )))
}

#[cfg(test)]
#[path = "store_path_tests.rs"]
mod tests;
