//! An output as the three texts that derivations have of it: path, algorithm, hash.

use super::{DerivationError, DerivationOutput};
use crate::content_address::{ContentAddress, ContentAddressMethod};
use crate::hash::{Hash, HashAlgorithm};
use crate::store_path::{StoreDir, StorePathError};

impl DerivationOutput {
    /// Path, algorithm with its method, and hash; empty what is not known.
    ///
    /// # Errors
    /// When the names make no store path.
    pub fn parts(
        &self,
        store: &StoreDir,
        derivation_name: &str,
        output: &str,
    ) -> Result<[String; 3], StorePathError> {
        let typed = |method: ContentAddressMethod, algorithm: HashAlgorithm| {
            format!("{}{algorithm}", method.prefix())
        };
        let path = self.path(store, derivation_name, output)?;
        let path = path.map(|path| store.print(&path)).unwrap_or_default();
        let (algorithm, hash) = match self {
            DerivationOutput::InputAddressed(_) | DerivationOutput::Deferred => Default::default(),
            DerivationOutput::Fixed(address) => (
                typed(address.method, address.hash.algorithm()),
                address.hash.base16(),
            ),
            DerivationOutput::Floating { method, algorithm } => {
                (typed(*method, *algorithm), String::new())
            }
            DerivationOutput::Impure { method, algorithm } => {
                (typed(*method, *algorithm), "impure".to_owned())
            }
        };
        Ok([path, algorithm, hash])
    }

    /// The reverse of [`DerivationOutput::parts`].
    ///
    /// # Errors
    /// When they are malformed, or the path is not the one that follows from the hash.
    pub fn from_parts(
        store: &StoreDir,
        derivation_name: &str,
        output: &str,
        [path, algorithm, hash]: [&str; 3],
    ) -> Result<DerivationOutput, DerivationError> {
        if algorithm.is_empty() {
            return Ok(match path {
                "" => DerivationOutput::Deferred,
                path => DerivationOutput::InputAddressed(store.parse(path)?),
            });
        }
        let (method, algorithm) = ContentAddressMethod::parse_with_algorithm(algorithm)?;
        if hash.is_empty() || hash == "impure" {
            if !path.is_empty() {
                return Err(DerivationError::UnexpectedPath(output.to_owned()));
            }
            return Ok(if hash.is_empty() {
                DerivationOutput::Floating { method, algorithm }
            } else {
                DerivationOutput::Impure { method, algorithm }
            });
        }
        let hash = Hash::parse_unprefixed(hash, algorithm)?;
        let fixed = DerivationOutput::Fixed(ContentAddress { method, hash });
        let stated = store.parse(path)?;
        if fixed.path(store, derivation_name, output)? != Some(stated) {
            return Err(DerivationError::OtherFixedPath {
                output: output.to_owned(),
                path: path.to_owned(),
            });
        }
        Ok(fixed)
    }
}
