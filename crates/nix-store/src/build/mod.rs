//! Building derivations.
//!
//! [`LocalStore::build`] makes valid what is wanted: it finds the derivations whose outputs are
//! missing, fetches those that a [`Substituter`] has, and runs the builders of the others, those
//! first on which others depend, several at a time. A builder runs with a directory and an
//! environment of its own, in a sandbox or as the caller, and writes its outputs under a lock; a
//! path becomes valid only after its contents were brought into canonical form, checked, scanned
//! for references and hashed.

mod attributes;
mod buildenv;
mod builtin;
mod channel;
mod checks;
mod child;
mod directory;
mod elsewhere;
mod environment;
mod error;
mod fetchurl;
mod free_space;
mod graph;
mod hook;
mod kernel;
mod launch;
mod log;
mod measure;
mod observer;
mod options;
mod orders;
mod outputs;
mod recursive;
mod remote;
mod resolve;
mod rewrite;
mod run;
mod sandbox;
mod schedule;
mod structured;
mod terminal;
mod tree;
mod users;

pub use builtin::{BuiltinJob, BuiltinSettings, Builtins};
pub use channel::{OpenArchive, unpack_channel};
pub(crate) use directory::clean as clean_leftovers;
pub use elsewhere::{build_elsewhere, missing_elsewhere};
pub use error::{BuildError, BuildErrors, FailureReason};
pub use fetchurl::{Download, fetchurl};
pub use free_space::FreeSpace;
#[cfg(target_os = "linux")]
pub(crate) use kernel::unshare as leave_for;
pub use launch::{Launcher, launch};
pub(crate) use measure::{archive_hash, hash_without_own};
pub use observer::{Observer, Unobserved};
pub use options::{BuildMode, BuildOptions, Features, LogOptions, Substituter};
pub use recursive::BuilderDaemon;
pub use remote::{Offer, RemoteBuilder, RemoteBuilders, RemoteJob, Requirements};
pub(crate) use rewrite::Rewrites;
pub use sandbox::{SandboxMode, SandboxOptions, SandboxPath};
pub use schedule::{offered, repair, substitute};
pub use structured::StructuredFiles;
pub use users::AllocatedUsers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix_wire::derivation::DerivationKind;
use nix_wire::{Derivation, StorePath};

use crate::error::StoreError;
use crate::local::LocalStore;

/// Something that is to be valid.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// A store object, however it came to be.
    Object(StorePath),
    /// Outputs of a derivation.
    Outputs {
        /// The derivation.
        derivation: StorePath,
        /// Which; `None` for all.
        outputs: Option<BTreeSet<String>>,
    },
}

impl Wanted {
    /// All outputs of a derivation.
    #[must_use]
    pub fn all_of(derivation: StorePath) -> Wanted {
        Wanted::Outputs {
            derivation,
            outputs: None,
        }
    }

    /// One output of a derivation.
    #[must_use]
    pub fn output_of(derivation: StorePath, output: &str) -> Wanted {
        Wanted::Outputs {
            derivation,
            outputs: Some(BTreeSet::from([output.to_owned()])),
        }
    }
}

/// A flag by which a build is stopped from another thread.
#[derive(Debug, Clone, Default)]
pub struct Cancellation(Arc<AtomicBool>);

impl Cancellation {
    /// One that is not set.
    #[must_use]
    pub fn new() -> Cancellation {
        Cancellation::default()
    }

    /// Stops what has this flag. Safe to call in a signal handler.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// The flag itself, for what sets flags (handlers of signals, say).
    #[must_use]
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl LocalStore {
    /// Makes what is wanted valid. Gives for each the paths by output name; an object has the one
    /// name `out`.
    ///
    /// # Errors
    /// All failures. What was built is valid nevertheless.
    pub fn build(
        &self,
        wanted: &[Wanted],
        options: &BuildOptions,
        cancellation: &Cancellation,
        observer: &dyn Observer,
    ) -> Result<Vec<BTreeMap<String, StorePath>>, BuildErrors> {
        schedule::realise(self, wanted, None, options, cancellation, observer)
    }

    /// Builds a derivation that need not be here: its inputs are all sources. Gives the paths of its
    /// outputs. Whether those are what follows from the derivation under this path cannot be seen, so
    /// the caller has to be trusted, or the outputs to be known by their contents.
    ///
    /// # Errors
    /// As [`LocalStore::build`].
    pub fn build_given(
        &self,
        path: &StorePath,
        derivation: &Derivation,
        options: &BuildOptions,
        cancellation: &Cancellation,
        observer: &dyn Observer,
    ) -> Result<BTreeMap<String, StorePath>, BuildErrors> {
        let wanted = [Wanted::all_of(path.clone())];
        let given = Some(graph::Given { path, derivation });
        let mut built = schedule::realise(self, &wanted, given, options, cancellation, observer)?;
        Ok(built.pop().unwrap_or_default())
    }

    /// What would be done to make what is wanted valid.
    ///
    /// # Errors
    /// When it could not be: something is missing and nothing makes it.
    pub fn plan_build_with(
        &self,
        wanted: &[Wanted],
        options: &BuildOptions,
    ) -> Result<Plan, BuildError> {
        let graph = graph::Graph::of(self, wanted, None, options, &BTreeSet::new())?;
        Ok(Plan {
            built: graph.in_order(),
            substituted: graph.offered,
            lacking: graph.lacking,
        })
    }

    /// The outputs of a derivation, with the paths that follow from it or are known since it was
    /// built.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub fn outputs_known_of(
        &self,
        derivation: &Derivation,
    ) -> Result<BTreeMap<String, Option<StorePath>>, StoreError> {
        let features = Features {
            content_addressed: true,
            ..Features::default()
        };
        resolve::known_outputs(self, derivation, features)
    }

    /// A derivation with the paths of its inputs' outputs, which are valid, in place of what stands
    /// for those whose paths do not follow from the derivations.
    ///
    /// # Errors
    /// When one is not known.
    pub fn resolved(&self, derivation: &Derivation) -> Result<Derivation, BuildError> {
        let is_resolved = !matches!(
            derivation.kind(),
            Ok(DerivationKind::Deferred | DerivationKind::Floating | DerivationKind::Impure)
        );
        if is_resolved {
            return Ok(derivation.clone());
        }
        resolve::resolve(self, derivation, |input| {
            let outputs = self.outputs_known_of(&self.read_derivation(input)?)?;
            let known = outputs.into_iter();
            Ok(known
                .filter_map(|(name, path)| Some((name, path?)))
                .collect())
        })
    }

    /// The derivations that would be built to make what is wanted valid, each after those that it
    /// needs.
    ///
    /// # Errors
    /// When it could not be built: something is missing and no derivation makes it.
    pub fn plan_build(&self, wanted: &[Wanted]) -> Result<Vec<StorePath>, BuildError> {
        let options = BuildOptions::new("builtin");
        Ok(self.plan_build_with(wanted, &options)?.built)
    }
}

/// What has to be done to make something valid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Derivations, each after those that it needs.
    pub built: Vec<StorePath>,
    /// Objects that come from elsewhere.
    pub substituted: BTreeSet<StorePath>,
    /// What objects elsewhere refer to and nobody has, so that those do not come.
    pub lacking: BTreeSet<StorePath>,
}

#[cfg(test)]
mod repair_tests;
#[cfg(test)]
mod tests;
