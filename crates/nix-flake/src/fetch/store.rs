//! What fetching needs of a store.

use std::path::PathBuf;
use std::sync::Arc;

use nix_store::Store;
use nix_wire::nar::Tree;
use nix_wire::{ContentAddressMethod, Hash, HashAlgorithm, StoreDir, StorePath};

use super::FetchError;

/// A tree in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedTree {
    /// Where it is.
    pub path: StorePath,
    /// The hash of its archive.
    pub nar_hash: Hash,
}

/// A store that trees can be copied to.
pub trait TreeStore {
    /// What its paths begin with.
    fn store_dir(&self) -> &StoreDir;

    /// Where a store object can be read.
    fn real_path(&self, path: &StorePath) -> PathBuf;

    /// Whether a store path is valid. Such a path is then not collected as garbage before the
    /// program ends.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn is_valid(&self, path: &StorePath) -> Result<bool, FetchError>;

    /// The hash of the archive of a store object; `None` if it is not valid.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn nar_hash(&self, path: &StorePath) -> Result<Option<Hash>, FetchError>;

    /// Adds a tree, known by the SHA-256 hash of its archive.
    ///
    /// # Errors
    /// When it cannot be read, or the store cannot be written.
    fn add(&self, name: &str, tree: &mut dyn Tree) -> Result<AddedTree, FetchError>;

    /// Adds a file, known by the SHA-256 hash of its contents.
    ///
    /// # Errors
    /// When it cannot be read, or the store cannot be written.
    fn add_flat(&self, name: &str, file: &mut dyn Tree) -> Result<StorePath, FetchError>;
}

impl<S: Store> TreeStore for S {
    fn store_dir(&self) -> &StoreDir {
        Store::store_dir(self)
    }

    fn real_path(&self, path: &StorePath) -> PathBuf {
        real_path(self, path)
    }

    fn is_valid(&self, path: &StorePath) -> Result<bool, FetchError> {
        Ok(nar_hash(self, path)?.is_some())
    }

    fn nar_hash(&self, path: &StorePath) -> Result<Option<Hash>, FetchError> {
        nar_hash(self, path)
    }

    fn add(&self, name: &str, tree: &mut dyn Tree) -> Result<AddedTree, FetchError> {
        add(self, name, tree)
    }

    fn add_flat(&self, name: &str, file: &mut dyn Tree) -> Result<StorePath, FetchError> {
        add_flat(self, name, file)
    }
}

/// A store of any kind.
#[derive(Debug, Clone)]
pub struct AnyStore(pub Arc<dyn Store>);

impl TreeStore for AnyStore {
    fn store_dir(&self) -> &StoreDir {
        self.0.store_dir()
    }

    fn real_path(&self, path: &StorePath) -> PathBuf {
        real_path(&*self.0, path)
    }

    fn is_valid(&self, path: &StorePath) -> Result<bool, FetchError> {
        Ok(nar_hash(&*self.0, path)?.is_some())
    }

    fn nar_hash(&self, path: &StorePath) -> Result<Option<Hash>, FetchError> {
        nar_hash(&*self.0, path)
    }

    fn add(&self, name: &str, tree: &mut dyn Tree) -> Result<AddedTree, FetchError> {
        add(&*self.0, name, tree)
    }

    fn add_flat(&self, name: &str, file: &mut dyn Tree) -> Result<StorePath, FetchError> {
        add_flat(&*self.0, name, file)
    }
}

/// The objects of a daemon lie where their paths say.
fn real_path(store: &dyn Store, path: &StorePath) -> PathBuf {
    store
        .real_path(path)
        .unwrap_or_else(|| PathBuf::from(store.store_dir().print(path)))
}

fn nar_hash(store: &dyn Store, path: &StorePath) -> Result<Option<Hash>, FetchError> {
    // A root first, so that it cannot vanish after it was found to be there.
    store.add_temporary_root(path).map_err(store_error)?;
    let info = store.path_info(path).map_err(store_error)?;
    Ok(info.map(|info| info.nar_hash))
}

fn add(store: &dyn Store, name: &str, tree: &mut dyn Tree) -> Result<AddedTree, FetchError> {
    let method = ContentAddressMethod::NixArchive;
    let info = store
        .add_tree(name, tree, method, HashAlgorithm::Sha256)
        .map_err(store_error)?;
    Ok(AddedTree {
        path: info.path,
        nar_hash: info.nar_hash,
    })
}

fn add_flat(store: &dyn Store, name: &str, file: &mut dyn Tree) -> Result<StorePath, FetchError> {
    let method = ContentAddressMethod::Flat;
    let info = store
        .add_tree(name, file, method, HashAlgorithm::Sha256)
        .map_err(store_error)?;
    Ok(info.path)
}

fn store_error(error: nix_store::StoreError) -> FetchError {
    FetchError::Store(Box::new(error))
}

/// Sources that the program carries with itself, known by the hashes of their archives.
pub trait EmbeddedSources {
    /// The store path of the source of this hash, which is valid then; `None` if it is not one of
    /// these sources.
    ///
    /// # Errors
    /// When it is, but cannot be added to the store.
    fn store_path_of(
        &self,
        nar_hash: &Hash,
    ) -> Result<Option<StorePath>, Box<dyn std::error::Error + Send + Sync>>;
}
