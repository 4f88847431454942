//! A store of its own for each test.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::path::Path;

use nix_wire::derivation::{DerivationOutput, HashModulo, InputOutputs};
use nix_wire::{Derivation, StorePath};

use crate::build::{BuildErrors, BuildOptions, Cancellation, Observer, Unobserved, Wanted};
use crate::layout::Layout;
use crate::local::LocalStore;
use crate::{StoreError, canonical};

pub(crate) const SYSTEM: &str = "x86_64-linux";

/// A store in a temporary directory, which is deleted with it.
pub(crate) struct TestStore {
    store: LocalStore,
    directory: tempfile::TempDir,
}

impl TestStore {
    pub(crate) fn new() -> TestStore {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().canonicalize().expect("a path");
        TestStore {
            store: LocalStore::new(Layout::below(&root).expect("a layout")),
            directory,
        }
    }

    /// Another that is opened on the same files.
    pub(crate) fn reopened(&self) -> LocalStore {
        LocalStore::new(self.store.layout().clone())
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn text(&self, name: &str, contents: &str) -> StorePath {
        self.store
            .add_text(name, contents, BTreeSet::new())
            .expect("a text")
    }

    /// Gives a derivation its output paths and adds it.
    pub(crate) fn derive(&self, mut derivation: Derivation) -> StorePath {
        fn lookup(store: &LocalStore, path: &StorePath) -> Result<HashModulo, StoreError> {
            let derivation = store.read_derivation(path)?;
            let hash = derivation.hash_modulo(store.store_dir(), |path| {
                lookup(store, path).map_err(|error| Wrapped(error.to_string()))
            });
            hash.map_err(|error: Wrapped| panic!("{}", error.0))
        }
        #[derive(Debug)]
        struct Wrapped(String);
        impl From<nix_wire::derivation::DerivationError> for Wrapped {
            fn from(error: nix_wire::derivation::DerivationError) -> Wrapped {
                Wrapped(error.to_string())
            }
        }
        derivation
            .fill_in_output_paths(self.store.store_dir(), |path| {
                lookup(&self.store, path).map_err(|error| Wrapped(error.to_string()))
            })
            .expect("output paths");
        self.store
            .add_derivation(&derivation)
            .expect("a derivation")
    }

    pub(crate) fn realise(&self, derivation: &StorePath) -> Result<StorePath, BuildErrors> {
        self.realise_observed(derivation, &Unobserved)
    }

    pub(crate) fn realise_observed(
        &self,
        derivation: &StorePath,
        observer: &dyn Observer,
    ) -> Result<StorePath, BuildErrors> {
        let wanted = [Wanted::output_of(derivation.clone(), "out")];
        let options = BuildOptions::new(SYSTEM);
        let built = self
            .store
            .build(&wanted, &options, &Cancellation::new(), observer)?;
        Ok(built[0]["out"].clone())
    }

    pub(crate) fn read(&self, path: &StorePath, below: &str) -> String {
        let path = self.store.layout().real_path(path);
        let path = if below.is_empty() {
            path
        } else {
            path.join(below)
        };
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

impl Deref for TestStore {
    type Target = LocalStore;

    fn deref(&self) -> &LocalStore {
        &self.store
    }
}

impl Drop for TestStore {
    fn drop(&mut self) {
        // Only its owner can delete what is read-only, once it is no more.
        let _ = canonical::delete(&self.store.layout().real_store_dir);
    }
}

/// A derivation whose one output is made by this script.
pub(crate) fn script(name: &str, script: &str) -> Derivation {
    let mut derivation = Derivation::new(name);
    derivation
        .outputs
        .insert("out".to_owned(), DerivationOutput::Deferred);
    derivation.system = SYSTEM.into();
    derivation.builder = b"/bin/sh".to_vec();
    derivation.arguments = vec![b"-euc".to_vec(), script.into()];
    derivation
}

/// Derivations with more than what [`script`] gives them.
pub(crate) trait With: Sized {
    fn with_variable(self, name: &str, value: impl Into<Vec<u8>>) -> Self;
    fn with_output(self, name: &str) -> Self;
    fn with_source(self, path: &StorePath) -> Self;
    fn with_input(self, derivation: &StorePath, outputs: &[&str]) -> Self;
}

impl With for Derivation {
    fn with_variable(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    fn with_output(mut self, name: &str) -> Self {
        self.outputs
            .insert(name.to_owned(), DerivationOutput::Deferred);
        self
    }

    fn with_source(mut self, path: &StorePath) -> Self {
        self.input_sources.insert(path.clone());
        self
    }

    fn with_input(mut self, derivation: &StorePath, outputs: &[&str]) -> Self {
        let outputs = InputOutputs::of(outputs.iter().copied());
        self.input_derivations.insert(derivation.clone(), outputs);
        self
    }
}
