//! The hash of a derivation from which the paths of its outputs follow.

use nix_store::Store;
use nix_wire::StorePath;
use nix_wire::derivation::{DerivationError, HashModulo};

/// An error on the way to a hash.
#[derive(Debug)]
pub struct HashFailed(pub String);

impl From<DerivationError> for HashFailed {
    fn from(error: DerivationError) -> HashFailed {
        HashFailed(error.to_string())
    }
}

/// The hash of a derivation of a store, in which those that it uses count by theirs.
pub fn hash_modulo(store: &dyn Store, path: &StorePath) -> Result<HashModulo, HashFailed> {
    let derivation = store
        .read_derivation(path)
        .map_err(|error| HashFailed(error.to_string()))?;
    derivation.hash_modulo(store.store_dir(), |path| hash_modulo(store, path))
}
