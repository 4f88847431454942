//! From what a builder left to valid store objects.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use nix_wire::derivation::DerivationOutput;
use nix_wire::nar::{self, Filesystem};
use nix_wire::store_path::{References, output_path_name};
use nix_wire::{ContentAddress, ContentAddressMethod, Hash, HashAlgorithm, PathInfo, StorePath};

use super::environment::Sources;
use super::measure::{self, Measure};
use super::rewrite::HashParts;
use super::{BuildError, BuildMode, checks, hook};
use crate::canonical;
use crate::error::StoreError;
use crate::locks::PathLocks;

/// An output of a build.
pub(super) struct Target {
    pub(super) name: String,
    /// Its path, where that is known before it is built.
    pub(super) path: Option<StorePath>,
    /// Whether it is valid, and stays as it is but for comparison.
    pub(super) is_valid: bool,
    /// The path by which the builder knows it.
    pub(super) scratch: StorePath,
    /// Where the builder leaves it, seen from outside.
    pub(super) real_path: PathBuf,
}

/// An output as the builder left it, in canonical form.
struct Left {
    metadata: Metadata,
    measure: Measure,
    /// The names of the outputs that it refers to.
    others: BTreeSet<String>,
}

/// Checks the outputs that were missing and registers them, all or none; those whose paths follow
/// from their contents one by one. Gives what is known of each.
///
/// In the mode [`BuildMode::Check`] nothing is registered, but all are compared with what is.
pub(super) fn register(
    sources: &Sources<'_>,
    targets: &[Target],
    owner: u32,
) -> Result<BTreeMap<String, PathInfo>, BuildError> {
    let store = sources.store;
    let mode = sources.mode;
    let mut candidates: BTreeSet<StorePath> = sources.inputs.clone();
    candidates.extend(targets.iter().map(|target| target.scratch.clone()));

    let mut left = BTreeMap::new();
    for target in targets {
        if mode == BuildMode::Check || !target.is_valid {
            left.insert(
                target.name.as_str(),
                examine(sources, target, targets, &candidates, owner)?,
            );
        }
    }
    let mut work = Work {
        sources,
        rewrites: HashParts::default(),
    };
    let mut infos = BTreeMap::new();
    let mut built: Vec<PathInfo> = Vec::new();
    let mut locks = Vec::new();
    for target in in_order(sources, targets, &left)? {
        let Some(left) = left.remove(target.name.as_str()) else {
            if let Some(path) = &target.path {
                work.rewrites.add(&target.scratch, path);
                infos.insert(target.name.clone(), store.require(path)?);
            }
            canonical::delete(&target.real_path)?;
            continue;
        };
        let mut info = work.finish(target, left)?;
        // What is not as stated is no object of the store, under no name: a builder could else
        // show others a file that only it could read.
        check_fixed(sources, &target.name, &info)?;
        if mode == BuildMode::Check {
            // Those that refer to it are compared with what refers to its final path.
            work.rewrites.add(&target.scratch, &info.path);
            compare(sources, target, &info, owner)?;
        } else {
            check_references_of_fixed(sources, &target.name, &info)?;
            info.deriver = Some(sources.path.clone());
            info.ultimate = true;
            if target.path.as_ref() != Some(&info.path) {
                // Nobody had a lock on what was not known.
                let lock = store.layout().real_path(&info.path);
                let lock = PathLocks::acquire([lock], &mut |_| true)?;
                locks.push(lock);
                store.add_temporary_roots([&info.path])?;
            }
            install(sources, target, &info)?;
            work.rewrites.add(&target.scratch, &info.path);
            store.sign_if_wanted(&mut info);
            if info.content_address.is_some() {
                store.register(std::slice::from_ref(&info))?;
            }
            built.push(info.clone());
        }
        infos.insert(target.name.clone(), info);
    }
    checks::check(sources, &infos)?;
    if mode != BuildMode::Check {
        store.register(&built)?;
        for info in &built {
            store.optimise_if_wanted(&info.path)?;
        }
    }
    Ok(infos)
}

/// Brings an output into canonical form and reads it.
fn examine(
    sources: &Sources<'_>,
    target: &Target,
    targets: &[Target],
    candidates: &BTreeSet<StorePath>,
    owner: u32,
) -> Result<Left, BuildError> {
    let real_path = &target.real_path;
    let shown = sources.store.layout().print(&target.scratch);
    let metadata = match fs::symlink_metadata(real_path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(BuildError::OutputRejected(format!(
                "builder for '{}' failed to produce output path for output '{}' at '{shown}'",
                sources.store.layout().print(sources.path),
                target.name
            )));
        }
        Err(error) => {
            return Err(StoreError::Io {
                action: "examine",
                path: real_path.clone(),
                error,
            }
            .into());
        }
    };
    // Somebody else could have meddled with it.
    if (!metadata.is_symlink() && metadata.mode() & 0o022 != 0) || metadata.uid() != owner {
        return Err(BuildError::OutputRejected(format!(
            "suspicious ownership or permission on '{shown}' for output '{}'; rejecting this \
             build output",
            target.name
        )));
    }
    canonical::take_over(real_path, owner)?;
    let keeps_references = !sources
        .attributes
        .discarded_references
        .contains(&target.name);
    let none = BTreeSet::new();
    let candidates = if keeps_references { candidates } else { &none };
    let measure = Measure::of(real_path, candidates)?;
    let others = targets
        .iter()
        .filter(|other| measure.references.contains(&other.scratch) && other.name != target.name)
        .map(|other| other.name.clone())
        .collect();
    Ok(Left {
        metadata,
        measure,
        others,
    })
}

/// The outputs, each after those that it refers to.
fn in_order<'a>(
    sources: &Sources<'_>,
    targets: &'a [Target],
    left: &BTreeMap<&str, Left>,
) -> Result<Vec<&'a Target>, BuildError> {
    let mut ordered: Vec<&Target> = Vec::with_capacity(targets.len());
    let mut rest: Vec<&Target> = targets.iter().collect();
    while !rest.is_empty() {
        let is_next = |target: &&Target| {
            left.get(target.name.as_str()).is_none_or(|left| {
                !rest
                    .iter()
                    .any(|other| other.name != target.name && left.others.contains(&other.name))
            })
        };
        let Some(next) = rest.iter().position(is_next) else {
            let name = &rest[0].name;
            let parent = rest
                .iter()
                .find(|other| {
                    left.get(other.name.as_str())
                        .is_some_and(|left| left.others.contains(name))
                })
                .map_or(name, |other| &other.name);
            return Err(BuildError::OutputRejected(format!(
                "cycle detected in build of '{}' in the references of output '{name}' from output \
                 '{parent}'",
                sources.store.layout().print(sources.path),
            )));
        };
        ordered.push(rest.remove(next));
    }
    Ok(ordered)
}

struct Work<'a> {
    sources: &'a Sources<'a>,
    /// From the paths that the builder knew to the final ones.
    rewrites: HashParts,
}

impl Work<'_> {
    /// Gives the output its final contents, where it lies, and says what it is.
    fn finish(&self, target: &Target, left: Left) -> Result<PathInfo, BuildError> {
        match &self.sources.derivation.outputs[&target.name] {
            DerivationOutput::InputAddressed(path) => self.input_addressed(target, path, left),
            DerivationOutput::Fixed(address) => {
                self.content_addressed(target, address.method, address.hash.algorithm(), &left)
            }
            DerivationOutput::Floating { method, algorithm }
            | DerivationOutput::Impure { method, algorithm } => {
                self.content_addressed(target, *method, *algorithm, &left)
            }
            DerivationOutput::Deferred => Err(self
                .sources
                .bad("its outputs have no paths and no hash".to_owned())),
        }
    }

    fn input_addressed(
        &self,
        target: &Target,
        path: &StorePath,
        left: Left,
    ) -> Result<PathInfo, BuildError> {
        let mut rewrites = self.rewrites.clone();
        rewrites.add(&target.scratch, path);
        let references: BTreeSet<StorePath> = left
            .measure
            .references
            .iter()
            .map(|reference| rewrites.apply_to(reference))
            .collect();
        let mut measure = left.measure;
        if rewrites.apply_to_tree(&target.real_path)? {
            measure = Measure::of(&target.real_path, &BTreeSet::new())?;
        }
        let mut info = PathInfo::new(path.clone(), measure.hash, measure.size);
        info.references = references;
        Ok(info)
    }

    fn content_addressed(
        &self,
        target: &Target,
        method: ContentAddressMethod,
        algorithm: HashAlgorithm,
        left: &Left,
    ) -> Result<PathInfo, BuildError> {
        let store = self.sources.store;
        let is_plain = left.metadata.is_file() && left.metadata.mode() & 0o100 == 0;
        let is_flat = matches!(
            method,
            ContentAddressMethod::Flat | ContentAddressMethod::Text
        );
        if is_flat && !is_plain {
            return Err(BuildError::OutputRejected(format!(
                "output path '{}' should be a non-executable regular file since recursive hashing \
                 is not enabled (one of outputHashMode={{flat,text}} is true)",
                store.layout().print(&target.scratch)
            )));
        }
        let real_path = &target.real_path;
        self.rewrites.apply_to_tree(real_path)?;
        // What refers to itself is hashed without that.
        let own = target.scratch.hash_part();
        let hash = match method {
            ContentAddressMethod::Flat | ContentAddressMethod::Text => {
                measure::flat_hash(real_path, algorithm, own)?
            }
            ContentAddressMethod::NixArchive => measure::archive_hash(real_path, algorithm, own)?,
            ContentAddressMethod::Git => nar::git_hash(&mut Filesystem::new(real_path), algorithm)
                .map_err(StoreError::from)?,
        };
        let to_itself = left.measure.references.contains(&target.scratch);
        let others: BTreeSet<StorePath> = left
            .measure
            .references
            .iter()
            .filter(|reference| **reference != target.scratch)
            .map(|reference| self.rewrites.apply_to(reference))
            .collect();
        let path = self.content_path(target, method, &hash, &others, to_itself)?;
        let mut own_rewrite = HashParts::default();
        own_rewrite.add(&target.scratch, &path);
        own_rewrite.apply_to_tree(real_path)?;

        let measure = Measure::of(real_path, &BTreeSet::new())?;
        let mut info = PathInfo::new(path.clone(), measure.hash, measure.size);
        info.references = others;
        if to_itself {
            info.references.insert(path);
        }
        info.content_address = Some(ContentAddress { method, hash });
        Ok(info)
    }

    fn content_path(
        &self,
        target: &Target,
        method: ContentAddressMethod,
        hash: &Hash,
        others: &BTreeSet<StorePath>,
        to_itself: bool,
    ) -> Result<StorePath, BuildError> {
        let name = output_path_name(&self.sources.derivation.name, &target.name);
        let takes_references = method == ContentAddressMethod::Text
            || (method == ContentAddressMethod::NixArchive
                && hash.algorithm() == HashAlgorithm::Sha256);
        let is_fixed = matches!(
            self.sources.derivation.outputs[&target.name],
            DerivationOutput::Fixed(_)
        );
        if !takes_references && !is_fixed && (to_itself || !others.is_empty()) {
            return Err(BuildError::OutputRejected(format!(
                "output '{}' of '{}' refers to store paths, which what is hashed in this way must \
                 not",
                target.name,
                self.sources.store.layout().print(self.sources.path)
            )));
        }
        let others: Vec<StorePath> = others.iter().cloned().collect();
        let references = if takes_references && !is_fixed {
            References {
                others: &others,
                to_itself,
            }
        } else {
            References::default()
        };
        let path = self
            .sources
            .store
            .store_dir()
            .content_path(&name, method, hash, references)
            .map_err(StoreError::from)?;
        Ok(path)
    }
}

/// Moves an output to where it belongs, in place of what was found there to be bad.
fn install(sources: &Sources<'_>, target: &Target, info: &PathInfo) -> Result<(), BuildError> {
    let final_path = sources.store.layout().real_path(&info.path);
    if final_path == target.real_path {
        return Ok(());
    }
    if sources.mode == BuildMode::Repair {
        canonical::replace(&target.real_path, &final_path)?;
    } else if sources.store.is_valid(&info.path)? {
        // Another derivation made the same.
        canonical::delete(&target.real_path)?;
    } else {
        canonical::delete(&final_path)?;
        canonical::move_to(&target.real_path, &final_path)?;
    }
    Ok(())
}

/// Compares an output that was built again with the one that is registered.
///
/// `owner` is the user whom the builder ran as.
fn compare(
    sources: &Sources<'_>,
    target: &Target,
    info: &PathInfo,
    owner: u32,
) -> Result<(), BuildError> {
    let store = sources.store;
    let Some(known) = store.path_info(&info.path)? else {
        return Ok(canonical::delete(&target.real_path)?);
    };
    if known.nar_hash == info.nar_hash {
        return Ok(canonical::delete(&target.real_path)?);
    }
    let mut kept = None;
    let mut difference = String::new();
    if sources.options.keep_failed || sources.options.diff_hook.is_some() {
        let mut path = store.layout().real_path(&info.path).into_os_string();
        path.push(".check");
        let path = PathBuf::from(path);
        canonical::delete(&path)?;
        canonical::move_to(&target.real_path, &path)?;
        let known = store.layout().real_path(&info.path);
        difference = hook::show_difference(sources, &known, &path, owner);
        kept = Some(path);
    } else {
        canonical::delete(&target.real_path)?;
    }
    Err(BuildError::NotDeterministic {
        derivation: store.layout().print(sources.path),
        output: store.layout().real_path(&info.path),
        kept,
        difference,
    })
}

/// Whether what has a stated hash refers to nothing: its path would not tell.
fn check_references_of_fixed(
    sources: &Sources<'_>,
    name: &str,
    info: &PathInfo,
) -> Result<(), BuildError> {
    let is_fixed = matches!(
        sources.derivation.outputs.get(name),
        Some(DerivationOutput::Fixed(_))
    );
    if !is_fixed || info.references.is_empty() {
        return Ok(());
    }
    Err(BuildError::ReferencesInFixed(format!(
        "fixed output derivation '{}' is not allowed to refer to other store paths.\nYou may need \
         to use the 'unsafeDiscardReferences' derivation attribute, see the manual for more details.",
        output_path_name(&sources.derivation.name, name)
    )))
}

/// Whether what has a stated hash has it.
fn check_fixed(sources: &Sources<'_>, name: &str, info: &PathInfo) -> Result<(), BuildError> {
    let layout = sources.store.layout();
    let (Some(DerivationOutput::Fixed(stated)), Some(found)) =
        (sources.derivation.outputs.get(name), &info.content_address)
    else {
        return Ok(());
    };
    if stated.hash != found.hash {
        return Err(BuildError::HashMismatch {
            derivation: layout.print(sources.path),
            specified: Box::new(stated.hash),
            found: Box::new(found.hash),
        });
    }
    Ok(())
}

/// Deletes what is half built.
pub(super) fn discard(targets: &[Target]) -> Result<(), StoreError> {
    targets
        .iter()
        .filter(|target| !target.is_valid || target.path.as_ref() != Some(&target.scratch))
        .try_for_each(|target| canonical::delete(&target.real_path))
}
