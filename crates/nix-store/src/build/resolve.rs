//! Outputs whose paths are not known before they are built: what was built for them before, and
//! derivations whose inputs have become known.

use std::collections::{BTreeMap, HashMap};

use nix_wire::derivation::{DerivationError, DerivationKind, DerivationOutput, HashModulo};
use nix_wire::store_path::upstream_placeholder;
use nix_wire::{Derivation, Hash, StorePath};

use super::BuildError;
use super::options::Features;
use super::rewrite::Rewrites;
use crate::error::StoreError;
use crate::local::LocalStore;

/// The paths of outputs, as far as they are known.
pub(super) type Outputs = BTreeMap<String, Option<StorePath>>;

/// Hashes under which is recorded what was built; remembers those of inputs.
#[derive(Default)]
pub(super) struct RealisationHashes(HashMap<StorePath, BTreeMap<String, Hash>>);

impl RealisationHashes {
    /// By output of this derivation.
    pub(super) fn of(
        &mut self,
        store: &LocalStore,
        derivation: &Derivation,
    ) -> Result<BTreeMap<String, Hash>, StoreError> {
        derivation
            .realisation_hashes(store.store_dir(), false, |input| {
                self.of_input(store, input).map_err(Wrapped)
            })
            .map_err(|error| error.0)
    }

    fn of_input(
        &mut self,
        store: &LocalStore,
        path: &StorePath,
    ) -> Result<BTreeMap<String, Hash>, StoreError> {
        if let Some(known) = self.0.get(path) {
            return Ok(known.clone());
        }
        let derivation = store.read_derivation(path)?;
        let hashes = derivation
            .realisation_hashes(store.store_dir(), true, |input| {
                self.of_input(store, input).map_err(Wrapped)
            })
            .map_err(|error| error.0)?;
        self.0.insert(path.clone(), hashes.clone());
        Ok(hashes)
    }
}

struct Wrapped(StoreError);

impl From<DerivationError> for Wrapped {
    fn from(error: DerivationError) -> Wrapped {
        Wrapped(StoreError::Derivation {
            path: "an input".to_owned(),
            error,
        })
    }
}

/// The outputs of a derivation, with the paths of those that were built before.
pub(super) fn known_outputs(
    store: &LocalStore,
    derivation: &Derivation,
    features: Features,
) -> Result<Outputs, StoreError> {
    let mut outputs: Outputs = derivation.output_paths(store.store_dir())?;
    let is_impure = derivation
        .outputs
        .values()
        .any(|output| matches!(output, DerivationOutput::Impure { .. }));
    if features.content_addressed && !is_impure && outputs.values().any(Option::is_none) {
        let hashes = RealisationHashes::default().of(store, derivation)?;
        for (name, path) in outputs.iter_mut().filter(|(_, path)| path.is_none()) {
            if let Some(hash) = hashes.get(name) {
                *path = store.realisation(hash, name)?;
            }
        }
    }
    Ok(outputs)
}

/// Whether a derivation is built as the one that has the paths of its inputs' outputs in it.
pub(super) fn is_resolved_first(
    derivation: &Derivation,
    kind: DerivationKind,
    features: Features,
) -> bool {
    if derivation.input_derivations.is_empty() {
        return false;
    }
    match kind {
        DerivationKind::InputAddressed => false,
        DerivationKind::Fixed => features.content_addressed,
        DerivationKind::Deferred | DerivationKind::Floating | DerivationKind::Impure => true,
    }
}

/// The derivation with the paths of outputs in the place of the derivations that make them. `lookup`
/// gives the outputs of an input, which is built by now.
pub(super) fn resolve(
    store: &LocalStore,
    derivation: &Derivation,
    lookup: impl Fn(&StorePath) -> Result<BTreeMap<String, StorePath>, BuildError>,
) -> Result<Derivation, BuildError> {
    let mut resolved = derivation.clone();
    let mut rewrites = Rewrites::default();
    for (input, wanted) in &derivation.input_derivations {
        let outputs = lookup(input)?;
        for name in &wanted.outputs {
            let path = outputs.get(name).ok_or_else(|| BuildError::NoOutput {
                derivation: store.layout().print(input),
                output: name.clone(),
            })?;
            let placeholder = upstream_placeholder(input, name).map_err(StoreError::from)?;
            rewrites.add(placeholder, store.layout().print(path));
            resolved.input_sources.insert(path.clone());
        }
    }
    resolved.input_derivations.clear();
    resolved.builder = rewrites.apply(resolved.builder);
    for argument in &mut resolved.arguments {
        *argument = rewrites.apply(std::mem::take(argument));
    }
    resolved.environment = resolved
        .environment
        .into_iter()
        .map(|(name, value)| (rewrites.apply(name), rewrites.apply(value)))
        .collect();
    resolved
        .fill_in_output_paths(store.store_dir(), |_| {
            Ok::<_, DerivationError>(HashModulo::Deferred)
        })
        .map_err(|error| StoreError::Derivation {
            path: derivation.name.clone(),
            error,
        })?;
    Ok(resolved)
}
