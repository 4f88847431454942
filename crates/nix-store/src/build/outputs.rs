//! From what a builder left to valid store objects.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix_wire::derivation::DerivationOutput;
use nix_wire::hash::{Hasher, HashingWriter};
use nix_wire::nar::{self, Filesystem};
use nix_wire::references::ReferenceScanner;
use nix_wire::{ContentAddress, ContentAddressMethod, Hash, HashAlgorithm, StorePath};

use super::environment::{Rewrites, Sources};
use super::{BuildError, checks};
use crate::canonical::{self, Unpack};
use crate::database::Registration;
use crate::error::{During, StoreError};
use nix_wire::PathInfo;

/// An output of a build.
pub(super) struct Target {
    pub(super) name: String,
    /// Its path.
    pub(super) path: StorePath,
    /// Where the builder writes it: another path when it is valid already.
    pub(super) scratch: StorePath,
}

impl Target {
    fn is_missing(&self) -> bool {
        self.scratch == self.path
    }
}

/// Checks the outputs that were missing and registers them, all or none.
pub(super) fn register(sources: &Sources<'_>, targets: &[Target]) -> Result<(), BuildError> {
    let store = sources.store;
    let mut candidates: BTreeSet<StorePath> = sources.inputs.clone();
    candidates.extend(targets.iter().map(|target| target.path.clone()));
    let mut rewrites = Rewrites::default();
    for target in targets.iter().filter(|target| !target.is_missing()) {
        rewrites.add(target.scratch.hash_part(), target.path.hash_part());
    }

    let mut infos = BTreeMap::new();
    let mut registrations = Vec::new();
    for target in targets {
        if !target.is_missing() {
            canonical::delete(&store.layout().real_path(&target.scratch))?;
            infos.insert(target.name.clone(), store.require(&target.path)?);
            continue;
        }
        let mut info = examine(sources, target, &candidates, &rewrites)?;
        info.deriver = Some(sources.path.clone());
        info.ultimate = true;
        registrations.push(Registration::from(info.clone()));
        infos.insert(target.name.clone(), info);
    }
    checks::check(sources, &infos)?;
    store.with_database(|database| database.register(&registrations))?;
    for target in targets.iter().filter(|target| target.is_missing()) {
        store.optimise_if_wanted(&target.path)?;
    }
    Ok(())
}

/// Brings an output into canonical form, reads it once, and checks what is known of it.
fn examine(
    sources: &Sources<'_>,
    target: &Target,
    candidates: &BTreeSet<StorePath>,
    rewrites: &Rewrites,
) -> Result<PathInfo, BuildError> {
    let store = sources.store;
    let derivation = store.layout().print(sources.path);
    let real_path = store.layout().real_path(&target.path);
    let shown = store.layout().print(&target.path);
    let metadata = match fs::symlink_metadata(&real_path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(BuildError::OutputRejected(format!(
                "builder for '{derivation}' failed to produce output path for output '{}' at \
                 '{shown}'",
                target.name
            )));
        }
        Err(error) => {
            return Err(StoreError::Io {
                action: "examine",
                path: real_path,
                error,
            }
            .into());
        }
    };
    // Somebody else could have meddled with it.
    if !metadata.is_symlink() && metadata.mode() & 0o022 != 0 {
        return Err(BuildError::OutputRejected(format!(
            "suspicious ownership or permission on '{shown}' for output '{}'; rejecting this \
             build output",
            target.name
        )));
    }
    let is_plain_file = metadata.is_file() && metadata.mode() & 0o100 == 0;
    canonical::canonicalise(&real_path)?;
    if !rewrites.is_empty() {
        rewrite(&real_path, rewrites)?;
    }

    let fixed = match &sources.derivation.outputs[&target.name] {
        DerivationOutput::Fixed(address) => Some(*address),
        _ => None,
    };
    let mut reading = Reading {
        hasher: Hasher::new(HashAlgorithm::Sha256),
        other: fixed.map(|address| Hasher::new(address.hash.algorithm())),
        scanner: if sources
            .attributes
            .discarded_references
            .contains(&target.name)
        {
            ReferenceScanner::default()
        } else {
            ReferenceScanner::new(candidates)
        },
        size: 0,
    };
    nar::write(&mut Filesystem::new(&real_path), &mut reading).map_err(StoreError::from)?;
    let mut info = PathInfo::new(target.path.clone(), reading.hasher.finish(), reading.size);
    info.references = reading.scanner.finish();

    if let Some(address) = fixed {
        let found = match address.method {
            ContentAddressMethod::NixArchive => reading.other.map(Hasher::finish),
            ContentAddressMethod::Flat if !is_plain_file => {
                return Err(BuildError::OutputRejected(format!(
                    "output path '{shown}' should be a non-executable regular file since recursive \
                     hashing is not enabled (one of outputHashMode={{flat,text}} is true)"
                )));
            }
            ContentAddressMethod::Flat => Some(hash_file(&real_path, address.hash.algorithm())?),
            ContentAddressMethod::Text | ContentAddressMethod::Git => None,
        };
        check_fixed(sources, &address, found, &info)?;
        info.content_address = Some(address);
    }
    Ok(info)
}

fn check_fixed(
    sources: &Sources<'_>,
    address: &ContentAddress,
    found: Option<Hash>,
    info: &PathInfo,
) -> Result<(), BuildError> {
    let derivation = sources.store.layout().print(sources.path);
    let Some(found) = found else {
        return Err(BuildError::NotHere {
            derivation,
            reason: format!(
                "outputs hashed with the method '{}' are not supported",
                address.method.name()
            ),
        });
    };
    if found != address.hash {
        return Err(BuildError::HashMismatch {
            derivation,
            specified: Box::new(address.hash),
            found: Box::new(found),
        });
    }
    if let Some(reference) = info.references.first() {
        return Err(BuildError::OutputRejected(format!(
            "fixed-output derivations must not reference store paths: '{derivation}' references \
             {} distinct paths, e.g. '{}'",
            info.references.len(),
            sources.store.layout().print(reference)
        )));
    }
    Ok(())
}

fn hash_file(path: &Path, algorithm: HashAlgorithm) -> Result<Hash, StoreError> {
    let mut sink = HashingWriter::sink(algorithm);
    fs::File::open(path)
        .and_then(|mut file| io::copy(&mut file, &mut sink))
        .during("read", path)?;
    Ok(sink.finish().0)
}

/// Replaces hash parts of the same length throughout a tree.
fn rewrite(real_path: &Path, rewrites: &Rewrites) -> Result<(), StoreError> {
    let mut archive = Vec::new();
    nar::write(&mut Filesystem::new(real_path), &mut archive)?;
    let archive = rewrites.apply(archive);
    canonical::delete(real_path)?;
    Ok(nar::read(
        &mut archive.as_slice(),
        &mut Unpack::at(real_path),
    )?)
}

/// All that is wanted of an archive, from one reading.
struct Reading {
    hasher: Hasher,
    other: Option<Hasher>,
    scanner: ReferenceScanner,
    size: u64,
}

impl Write for Reading {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.hasher.update(data);
        if let Some(hasher) = &mut self.other {
            hasher.update(data);
        }
        self.scanner.scan(data);
        self.size += data.len() as u64;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
