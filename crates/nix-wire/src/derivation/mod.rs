//! Derivations: what is built how, their text (ATerm), and the paths of their outputs.

mod aterm_parse;
mod aterm_print;
mod from_json;
mod json;
mod modulo;
mod output_parts;

pub use modulo::HashModulo;

use std::collections::{BTreeMap, BTreeSet};

use crate::content_address::{ContentAddress, ContentAddressMethod};
use crate::hash::{Hash, HashAlgorithm, HashError};
use crate::store_path::{References, StoreDir, StorePath, StorePathError, output_path_name};

/// The environment variable that holds structured attributes.
pub const STRUCTURED_ATTRIBUTES: &str = "__json";

/// Why a derivation cannot be read or is not one. The messages are Nix's where it has one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum DerivationError {
    #[error("expected string '{expected}' at byte {position} of a derivation")]
    Expected { expected: String, position: usize },
    #[error("unterminated string in derivation")]
    UnterminatedString,
    #[error("derivation does not start with 'Derive' or 'DrvWithVersion'")]
    NoDerivation,
    #[error("Unknown derivation ATerm format version '{0}'")]
    UnknownVersion(String),
    #[error("text follows a derivation")]
    TrailingText,
    /// Directly, or by what it uses: no evaluation makes such a derivation, but somebody can write
    /// one down.
    #[error("the derivation uses itself")]
    UsesItself,
    #[error("'{0}' in a derivation is not UTF-8")]
    NotUtf8(String),
    #[error("'{0}' is specified twice in a derivation")]
    Twice(String),
    #[error("inputDrvs entry for '{0}' specifies no outputs")]
    NoInputOutputs(String),
    #[error("derivation nests dynamic outputs too deeply")]
    TooDeep,
    #[error("content-addressing derivation output '{0}' should not specify output path")]
    UnexpectedPath(String),
    #[error(
        "derivation output '{output}' has path '{path}', which does not match its content address"
    )]
    OtherFixedPath { output: String, path: String },
    #[error("can't mix derivation output types")]
    MixedOutputs,
    #[error("only one fixed output is allowed for now")]
    SeveralFixedOutputs,
    #[error("single fixed output must be named \"out\"")]
    FixedOutputName,
    #[error("all floating outputs must use the same hash algorithm")]
    MixedAlgorithms,
    #[error("must have at least one output")]
    NoOutputs,
    #[error("no hash for output '{output}' of derivation '{derivation}'")]
    NoOutputHash { output: String, derivation: String },
    #[error("derivation has incorrect output '{found}', should be '{right}'")]
    IncorrectOutput { found: String, right: String },
    #[error("derivation has incorrect output '{0}', should be deferred")]
    NotDeferred(String),
    #[error(
        "derivation has missing environment variable '{name}', should be '{right}' but is not \
         present"
    )]
    MissingVariable { name: String, right: String },
    #[error(
        "derivation has incorrect environment variable '{name}', should be '{right}' but is \
         actually '{found}'"
    )]
    IncorrectVariable {
        name: String,
        found: String,
        right: String,
    },
    #[error("derivation as JSON: {0}")]
    Json(String),
    #[error(transparent)]
    StorePath(#[from] StorePathError),
    #[error(transparent)]
    Hash(#[from] HashError),
}

/// How the path of an output is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DerivationOutput {
    /// From the derivation: the path is a function of all inputs.
    InputAddressed(StorePath),
    /// From its contents, which are stated in advance.
    Fixed(ContentAddress),
    /// From its contents, once it is built.
    Floating {
        /// What will be hashed.
        method: ContentAddressMethod,
        /// With what.
        algorithm: HashAlgorithm,
    },
    /// As floating, and built anew each time.
    Impure {
        /// What will be hashed.
        method: ContentAddressMethod,
        /// With what.
        algorithm: HashAlgorithm,
    },
    /// From the derivation, once the paths of its inputs are known.
    Deferred,
}

impl DerivationOutput {
    /// The path, where it is known before the build.
    ///
    /// # Errors
    /// When the names make no store path.
    pub fn path(
        &self,
        store: &StoreDir,
        derivation_name: &str,
        output: &str,
    ) -> Result<Option<StorePath>, StorePathError> {
        match self {
            DerivationOutput::InputAddressed(path) => Ok(Some(path.clone())),
            DerivationOutput::Fixed(address) => {
                let name = output_path_name(derivation_name, output);
                store
                    .content_path(&name, address.method, &address.hash, References::default())
                    .map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// Which outputs of an input derivation are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InputOutputs {
    /// These outputs of it.
    pub outputs: BTreeSet<String>,
    /// By output that is itself a derivation: these outputs of that.
    pub dynamic: BTreeMap<String, InputOutputs>,
}

impl InputOutputs {
    /// Just these outputs.
    pub fn of<I: IntoIterator<Item = impl Into<String>>>(outputs: I) -> InputOutputs {
        InputOutputs {
            outputs: outputs.into_iter().map(Into::into).collect(),
            dynamic: BTreeMap::new(),
        }
    }
}

/// What kind of derivation the outputs make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DerivationKind {
    /// Known by its inputs.
    InputAddressed,
    /// Known by its inputs, which are not known themselves yet.
    Deferred,
    /// With an output whose contents are stated; may reach the network.
    Fixed,
    /// Known by its contents once built.
    Floating,
    /// Built anew each time.
    Impure,
}

/// A derivation. Texts that a builder sees are bytes, as Nix's strings are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derivation {
    /// The name: that of its path without `.drv`.
    pub name: String,
    /// By name.
    pub outputs: BTreeMap<String, DerivationOutput>,
    /// The derivations of which it uses outputs.
    pub input_derivations: BTreeMap<StorePath, InputOutputs>,
    /// The store objects that it uses and that no derivation makes.
    pub input_sources: BTreeSet<StorePath>,
    /// For which system: `x86_64-linux`, `builtin`.
    pub system: Vec<u8>,
    /// The program.
    pub builder: Vec<u8>,
    /// Its arguments.
    pub arguments: Vec<Vec<u8>>,
    /// Its environment, with [`STRUCTURED_ATTRIBUTES`] where it has them.
    pub environment: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Derivation {
    /// One with nothing in it.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Derivation {
        Derivation {
            name: name.into(),
            outputs: BTreeMap::new(),
            input_derivations: BTreeMap::new(),
            input_sources: BTreeSet::new(),
            system: Vec::new(),
            builder: Vec::new(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
        }
    }

    /// Parses the text of a `.drv` file. Paths have to be in their shortest form, the path of a
    /// fixed output has to be that of its hash, and nothing may be there twice.
    ///
    /// # Errors
    /// When it is none of a derivation in this store.
    pub fn parse(store: &StoreDir, name: &str, text: &[u8]) -> Result<Derivation, DerivationError> {
        aterm_parse::parse(store, name, text)
    }

    /// The text of its `.drv` file.
    ///
    /// # Errors
    /// When the names of its outputs make no store paths.
    pub fn unparse(&self, store: &StoreDir) -> Result<Vec<u8>, DerivationError> {
        aterm_print::print(self, store)
    }

    /// An environment variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&[u8]> {
        self.environment.get(name.as_bytes()).map(Vec::as_slice)
    }

    /// The structured attributes as JSON, where it has them.
    #[must_use]
    pub fn structured_attributes(&self) -> Option<&[u8]> {
        self.variable(STRUCTURED_ATTRIBUTES)
    }

    /// What kind its outputs make it.
    ///
    /// # Errors
    /// When it has none, they are of different kinds, or there are several fixed ones.
    pub fn kind(&self) -> Result<DerivationKind, DerivationError> {
        let mut kind = None;
        let mut floating_algorithm = None;
        for (name, output) in &self.outputs {
            let this = match output {
                DerivationOutput::InputAddressed(_) => DerivationKind::InputAddressed,
                DerivationOutput::Fixed(_) => DerivationKind::Fixed,
                DerivationOutput::Floating { algorithm, .. } => {
                    if *floating_algorithm.get_or_insert(*algorithm) != *algorithm {
                        return Err(DerivationError::MixedAlgorithms);
                    }
                    DerivationKind::Floating
                }
                DerivationOutput::Impure { .. } => DerivationKind::Impure,
                DerivationOutput::Deferred => DerivationKind::Deferred,
            };
            match kind {
                None => kind = Some(this),
                Some(other) if other != this => return Err(DerivationError::MixedOutputs),
                Some(DerivationKind::Fixed) => return Err(DerivationError::SeveralFixedOutputs),
                Some(_) => {}
            }
            if this == DerivationKind::Fixed && name != "out" {
                return Err(DerivationError::FixedOutputName);
            }
        }
        kind.ok_or(DerivationError::NoOutputs)
    }

    /// The paths of the outputs, where they are known before the build.
    ///
    /// # Errors
    /// When the names make no store paths.
    pub fn output_paths(
        &self,
        store: &StoreDir,
    ) -> Result<BTreeMap<String, Option<StorePath>>, StorePathError> {
        self.outputs
            .iter()
            .map(|(name, output)| Ok((name.clone(), output.path(store, &self.name, name)?)))
            .collect()
    }

    /// What its `.drv` file refers to.
    pub fn references(&self) -> impl Iterator<Item = &StorePath> {
        self.input_sources
            .iter()
            .chain(self.input_derivations.keys())
    }

    /// The path of its `.drv` file, and its text.
    ///
    /// # Errors
    /// When its name is none, or those of its outputs make no store paths.
    pub fn path_and_text(&self, store: &StoreDir) -> Result<(StorePath, Vec<u8>), DerivationError> {
        let text = self.unparse(store)?;
        let name = format!("{}.drv", self.name);
        let path = store.text_path(&name, &Hash::sha256(&text), self.references())?;
        Ok((path, text))
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
