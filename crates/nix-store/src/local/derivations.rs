//! Derivations in a store: reading them, and looking whether they say of their outputs what follows.
//!
//! A derivation makes the outputs whose paths are written in it. Who could write there the path of
//! an output of somebody else's would have everybody use what he builds in its place. So nothing
//! named `.drv` is registered, whichever way it came, before its output paths were computed again
//! ([`DerivationCheck`]). Only what the evaluator computed itself is not computed twice.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use nix_wire::derivation::{DerivationError, HashModulo};
use nix_wire::{Derivation, PathInfo, StoreDir, StorePath};

use super::{LocalStore, Result, lock};
use crate::database::Registration;
use crate::error::{During, StoreError};

/// The hashes of derivations that others use, by their paths.
pub(crate) type Moduli = HashMap<StorePath, HashModulo>;

/// No more hashes than this are remembered by a store.
const MOST_REMEMBERED: usize = 100_000;

impl LocalStore {
    /// Reads a derivation, which need not be valid. What is not here may be in the store that lends
    /// derivations.
    ///
    /// # Errors
    /// When it is not there, or is none.
    pub fn read_derivation(&self, path: &StorePath) -> Result<Derivation> {
        match self.read_derivation_at(path, &self.layout.real_path(path)) {
            Err(StoreError::Io { error, .. }) if error.kind() == ErrorKind::NotFound => {
                match self.lender() {
                    Some(lender) => lender.read_derivation(path),
                    None => Err(error).during("read", &self.layout.real_path(path)),
                }
            }
            derivation => derivation,
        }
    }

    /// Reads the derivation of this path from a file.
    fn read_derivation_at(&self, path: &StorePath, file: &Path) -> Result<Derivation> {
        let name = path.derivation_name()?;
        let text = fs::read(file).during("read", file)?;
        Derivation::parse(self.store_dir(), name, &text)
            .map_err(|error| self.bad_derivation(path, error))
    }

    fn bad_derivation(&self, path: &StorePath, error: DerivationError) -> StoreError {
        StoreError::Derivation {
            path: self.layout.print(path),
            error,
        }
    }

    /// What is to be registered of objects that are in place. Derivations among them are read and
    /// checked; they may use each other.
    ///
    /// # Errors
    /// When what is named as a derivation cannot be read as one, or is not what it says.
    pub(crate) fn registrations(&self, infos: &[PathInfo]) -> Result<Vec<Registration>> {
        let mut check = DerivationCheck::new(self, infos.iter().map(|info| &info.path));
        infos
            .iter()
            .map(|info| {
                let outputs = if info.path.is_derivation() {
                    let file = self.layout.real_path(&info.path);
                    let derivation = self.read_derivation_at(&info.path, &file)?;
                    check.outputs(&info.path, &derivation)?
                } else {
                    BTreeMap::new()
                };
                Ok(Registration::new(info.clone(), outputs))
            })
            .collect()
    }
}

/// Looks whether derivations are what they say.
pub(super) struct DerivationCheck<'a> {
    store: &'a LocalStore,
    /// What is about to be valid: it is in place, and nobody else can change it.
    in_place: BTreeSet<&'a StorePath>,
    moduli: Moduli,
}

impl<'a> DerivationCheck<'a> {
    /// For derivations that are about to be registered together with these objects.
    pub(super) fn new(
        store: &'a LocalStore,
        in_place: impl IntoIterator<Item = &'a StorePath>,
    ) -> DerivationCheck<'a> {
        DerivationCheck {
            store,
            in_place: in_place.into_iter().collect(),
            moduli: Moduli::new(),
        }
    }

    /// The outputs of a derivation whose paths are known. Fails unless they are the paths that
    /// follow from it.
    pub(super) fn outputs(
        &mut self,
        path: &StorePath,
        derivation: &Derivation,
    ) -> Result<BTreeMap<String, StorePath>> {
        let store = self.store;
        for input in derivation.input_derivations.keys() {
            self.find_modulo(input)?;
        }
        derivation
            .check_output_paths(store.store_dir(), |input| self.known(input))
            .map_err(|error| match error {
                error @ (DerivationError::IncorrectOutput { .. }
                | DerivationError::NotDeferred(_)
                | DerivationError::MissingVariable { .. }
                | DerivationError::IncorrectVariable { .. }) => StoreError::IncorrectDerivation {
                    path: store.layout.print(path),
                    error,
                },
                error => store.bad_derivation(path, error),
            })?;
        known_outputs(store.store_dir(), derivation)
    }

    /// Computes the hash of a derivation that others use, after those that it uses itself. It has to
    /// be valid, or about to be: what just lies there may be what somebody is sending, and another
    /// one in the end. Only those of valid derivations are remembered by the store.
    fn find_modulo(&mut self, path: &StorePath) -> Result<()> {
        let store = self.store;
        let mut pending: Vec<(StorePath, Option<Derivation>)> = vec![(path.clone(), None)];
        // Those whose inputs are looked at.
        let mut open = BTreeSet::new();
        while let Some((path, derivation)) = pending.pop() {
            if self.moduli.contains_key(&path) {
                continue;
            }
            if let Some(modulo) = lock(&store.moduli).get(&path) {
                self.moduli.insert(path, modulo.clone());
                continue;
            }
            let is_valid = store.is_valid(&path)?;
            if !is_valid && !self.in_place.contains(&path) {
                return Err(StoreError::InvalidPath(store.layout.print(&path)));
            }
            let Some(derivation) = derivation else {
                if !open.insert(path.clone()) {
                    return Err(store.bad_derivation(&path, DerivationError::UsesItself));
                }
                let file = store.layout.real_path(&path);
                let derivation = store.read_derivation_at(&path, &file)?;
                let inputs: Vec<_> = derivation
                    .input_derivations
                    .keys()
                    .filter(|input| !self.moduli.contains_key(*input))
                    .map(|input| (input.clone(), None))
                    .collect();
                pending.push((path, Some(derivation)));
                pending.extend(inputs);
                continue;
            };
            let modulo = derivation
                .hash_modulo(store.store_dir(), |input| self.known(input))
                .map_err(|error| store.bad_derivation(&path, error))?;
            open.remove(&path);
            if is_valid {
                let mut remembered = lock(&store.moduli);
                if remembered.len() < MOST_REMEMBERED {
                    remembered.insert(path.clone(), modulo.clone());
                }
            }
            self.moduli.insert(path, modulo);
        }
        Ok(())
    }

    fn known(&self, path: &StorePath) -> Result<HashModulo, DerivationError> {
        // It was found before it is asked for.
        self.moduli
            .get(path)
            .cloned()
            .ok_or_else(|| DerivationError::NoOutputHash {
                output: "out".to_owned(),
                derivation: path.to_string(),
            })
    }
}

/// The outputs of a derivation whose paths are known before it is built.
pub(super) fn known_outputs(
    store_dir: &StoreDir,
    derivation: &Derivation,
) -> Result<BTreeMap<String, StorePath>> {
    let outputs = derivation.output_paths(store_dir)?;
    Ok(outputs
        .into_iter()
        .filter_map(|(name, path)| Some((name, path?)))
        .collect())
}

#[cfg(test)]
#[path = "derivations_tests.rs"]
mod tests;
