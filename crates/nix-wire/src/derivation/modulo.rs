//! The hash of a derivation *modulo* its inputs, from which output paths follow: how an input was
//! made does not matter where its outputs are known by what is in them.

use std::collections::BTreeMap;

use super::aterm_print::{Mask, Printer};
use super::{Derivation, DerivationError, DerivationOutput, InputOutputs};
use crate::hash::Hash;
use crate::store_path::{StoreDir, StorePath, StorePathError};

/// What stands for a derivation in the hashed text of those that use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HashModulo {
    /// One hash for all outputs.
    Derivation(Hash),
    /// By fixed output, a hash of what will be in it.
    Fixed(BTreeMap<String, Hash>),
    /// Nothing yet: paths of outputs are known only after a build.
    Deferred,
}

impl Derivation {
    /// What stands for this derivation in those that use it. `lookup` says the same of its own
    /// inputs (and should remember what it said).
    ///
    /// # Errors
    /// What `lookup` returns, and when an input has not the output that is wanted.
    pub fn hash_modulo<E: From<DerivationError>>(
        &self,
        store: &StoreDir,
        lookup: impl FnMut(&StorePath) -> Result<HashModulo, E>,
    ) -> Result<HashModulo, E> {
        if let Some(fixed) = self.fixed_output_hashes(store).map_err(E::from)? {
            return Ok(HashModulo::Fixed(fixed));
        }
        let all_known = self
            .outputs
            .values()
            .all(|output| matches!(output, DerivationOutput::InputAddressed(_)));
        if !all_known {
            return Ok(HashModulo::Deferred);
        }
        Ok(match self.text_modulo(store, Mask::Nothing, lookup)? {
            Some(text) => HashModulo::Derivation(Hash::sha256(text)),
            None => HashModulo::Deferred,
        })
    }

    /// By output, the hash under which is recorded what was built for it, where its path does not
    /// tell. In difference to [`Derivation::hash_modulo`] there is one for every derivation; `lookup`
    /// gives what this says of inputs without `as_input` set to false.
    ///
    /// # Errors
    /// What `lookup` returns, and when an input has not the output that is wanted or is dynamic.
    pub fn realisation_hashes<E: From<DerivationError>>(
        &self,
        store: &StoreDir,
        as_input: bool,
        mut lookup: impl FnMut(&StorePath) -> Result<BTreeMap<String, Hash>, E>,
    ) -> Result<BTreeMap<String, Hash>, E> {
        if let Some(fixed) = self.fixed_output_hashes(store).map_err(E::from)? {
            return Ok(fixed);
        }
        let mask = if as_input {
            Mask::Nothing
        } else {
            Mask::Outputs
        };
        let lookup = |path: &StorePath| lookup(path).map(HashModulo::Fixed);
        let text = self.text_modulo(store, mask, lookup)?.unwrap_or_default();
        let hash = Hash::sha256(text);
        Ok(self
            .outputs
            .keys()
            .map(|name| (name.clone(), hash))
            .collect())
    }

    /// Gives the outputs that are known by their inputs (`Deferred` or `InputAddressed`) their
    /// paths, in the outputs and in the environment, and puts those of fixed outputs in the
    /// environment. Where an input is deferred, so are they, and stay as they are.
    ///
    /// # Errors
    /// What `lookup` returns; when the outputs are of different kinds or the names no names.
    pub fn fill_in_output_paths<E: From<DerivationError>>(
        &mut self,
        store: &StoreDir,
        lookup: impl FnMut(&StorePath) -> Result<HashModulo, E>,
    ) -> Result<(), E> {
        let by_inputs = self.outputs.values().any(|output| {
            matches!(
                output,
                DerivationOutput::InputAddressed(_) | DerivationOutput::Deferred
            )
        });
        if by_inputs {
            // The variables are part of what is hashed, though not their values.
            for name in self.outputs.keys() {
                self.environment
                    .entry(name.clone().into_bytes())
                    .or_default();
            }
            let Some(text) = self.text_modulo(store, Mask::Outputs, lookup)? else {
                return Ok(());
            };
            let hash = Hash::sha256(text);
            for (name, output) in &mut self.outputs {
                let path = store.output_path(name, &hash, &self.name).map_err(wrap)?;
                *output = DerivationOutput::InputAddressed(path);
            }
        }
        self.kind().map_err(E::from)?;
        for (name, path) in self.output_paths(store).map_err(wrap)? {
            if let Some(path) = path {
                self.environment
                    .insert(name.into_bytes(), store.print(&path).into_bytes());
            }
        }
        Ok(())
    }

    /// Fails unless the outputs have the paths that follow from the derivation: nobody may write
    /// into a derivation that it makes what another one does. `lookup` is as for
    /// [`Derivation::hash_modulo`].
    ///
    /// # Errors
    /// What `lookup` returns; when a path is not the one that follows, or the builder is told
    /// another; when the outputs are of different kinds.
    pub fn check_output_paths<E: From<DerivationError>>(
        &self,
        store: &StoreDir,
        lookup: impl FnMut(&StorePath) -> Result<HashModulo, E>,
    ) -> Result<(), E> {
        let by_inputs = |output: &_| matches!(output, DerivationOutput::InputAddressed(_));
        let hash = if self.outputs.values().any(by_inputs) {
            let text = self.text_modulo(store, Mask::Outputs, lookup)?;
            text.map(Hash::sha256)
        } else {
            None
        };
        self.check_stated_paths(store, hash.as_ref())
            .map_err(E::from)
    }

    /// The same, given the hash from which the paths follow that are known by the inputs; without
    /// one there must be none.
    fn check_stated_paths(
        &self,
        store: &StoreDir,
        hash: Option<&Hash>,
    ) -> Result<(), DerivationError> {
        self.kind()?;
        for (name, output) in &self.outputs {
            let right = match (output, hash) {
                (DerivationOutput::InputAddressed(path), Some(hash)) => {
                    let right = store.output_path(name, hash, &self.name)?;
                    if *path != right {
                        return Err(DerivationError::IncorrectOutput {
                            found: store.print(path),
                            right: store.print(&right),
                        });
                    }
                    right
                }
                (DerivationOutput::InputAddressed(path), None) => {
                    return Err(DerivationError::NotDeferred(store.print(path)));
                }
                (output, _) => match output.path(store, &self.name, name)? {
                    Some(right) => right,
                    None => continue,
                },
            };
            let right = store.print(&right);
            match self.environment.get(name.as_bytes()) {
                None => {
                    return Err(DerivationError::MissingVariable {
                        name: name.clone(),
                        right,
                    });
                }
                Some(found) if found != right.as_bytes() => {
                    return Err(DerivationError::IncorrectVariable {
                        name: name.clone(),
                        found: String::from_utf8_lossy(found).into_owned(),
                        right,
                    });
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// By output, when all are fixed.
    fn fixed_output_hashes(
        &self,
        store: &StoreDir,
    ) -> Result<Option<BTreeMap<String, Hash>>, DerivationError> {
        let mut hashes = BTreeMap::new();
        for (name, output) in &self.outputs {
            let DerivationOutput::Fixed(address) = output else {
                return Ok(None);
            };
            let Some(path) = output.path(store, &self.name, name)? else {
                return Ok(None);
            };
            let text = format!(
                "fixed:out:{}{}:{}:{}",
                address.method.prefix(),
                address.hash.algorithm(),
                address.hash.base16(),
                store.print(&path),
            );
            hashes.insert(name.clone(), Hash::sha256(text));
        }
        Ok(if hashes.is_empty() {
            None
        } else {
            Some(hashes)
        })
    }

    /// The text with hashes in the place of input derivations; `None` when one is deferred.
    fn text_modulo<E: From<DerivationError>>(
        &self,
        store: &StoreDir,
        mask: Mask,
        mut lookup: impl FnMut(&StorePath) -> Result<HashModulo, E>,
    ) -> Result<Option<Vec<u8>>, E> {
        let mut inputs: BTreeMap<String, InputOutputs> = BTreeMap::new();
        for (path, wanted) in &self.input_derivations {
            if !wanted.dynamic.is_empty() {
                return Ok(None);
            }
            match lookup(path)? {
                HashModulo::Deferred => return Ok(None),
                HashModulo::Derivation(hash) => {
                    let entry = inputs.entry(hash.base16()).or_default();
                    entry.outputs.extend(wanted.outputs.iter().cloned());
                }
                HashModulo::Fixed(hashes) => {
                    for output in &wanted.outputs {
                        let hash =
                            hashes
                                .get(output)
                                .ok_or_else(|| DerivationError::NoOutputHash {
                                    output: output.clone(),
                                    derivation: path.to_string(),
                                })?;
                        let entry = inputs.entry(hash.base16()).or_default();
                        entry.outputs.insert(output.clone());
                    }
                }
            }
        }
        let inputs = inputs.iter().map(|(hash, outputs)| (hash.clone(), outputs));
        let text = Printer::new(self, store, mask).print(false, inputs)?;
        Ok(Some(text))
    }
}

fn wrap<E: From<DerivationError>>(error: StorePathError) -> E {
    E::from(DerivationError::from(error))
}
