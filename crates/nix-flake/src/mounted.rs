//! Flakes whose source is read where it is, without being copied to the store first.
//!
//! That is done only where it cannot be told from a copy: of directories and Git working trees of
//! this machine whose lock file is as it should be. In all other cases, and where anything goes
//! wrong, the caller has the source copied and so gets the usual result.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use nix_eval::Evaluator;

use crate::error::FlakeError;
use crate::fetch::{FetchError, FetchedTree, MountedKind, MountedTree, TreeSource};
use crate::flakes::{EvaluatedFlakes, Flake, Flakes, TreeLocation, normal};
use crate::lock::{InputPath, LockOptions, compute_locks};
use crate::locking::LockedFlake;
use crate::reference::{FlakeReference, Input, Scheme};

/// What is known of a mounted tree when it is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowledge {
    /// Nothing: whoever asks for its revision or its age ends the evaluation.
    Nothing,
    /// All but the hash of its contents.
    Revision,
}

/// The tree that a reference means, if it can be read where it is.
///
/// # Errors
/// When the index of its repository cannot be read.
pub fn mountable(
    flakes: &Flakes,
    reference: &FlakeReference,
) -> Result<Option<MountedTree>, FlakeError> {
    let input = &reference.input;
    let Some(root) = input.source_path() else {
        return Ok(None);
    };
    // Options would change what the tree has.
    let known: &[&str] = match input.scheme() {
        Some(Scheme::Path) => &["type", "path"],
        Some(Scheme::Git) => &["type", "url"],
        _ => return Ok(None),
    };
    let is_plain = input
        .attributes()
        .iter()
        .all(|(name, _)| known.contains(&name));
    let store = flakes.fetcher.store().store_dir().as_str();
    let is_directory = root
        .symlink_metadata()
        .is_ok_and(|metadata| metadata.is_dir());
    if !is_plain || !is_directory || root.starts_with(store) {
        return Ok(None);
    }
    Ok(Some(match input.scheme() {
        Some(Scheme::Git) => MountedTree::working_tree(root)?,
        _ => MountedTree::directory(root),
    }))
}

impl Flakes {
    /// Locks a flake whose tree is mounted where the evaluator's host reads it. `None` if its lock
    /// file would have to be changed, or if the flake wants more than a plain tree.
    ///
    /// # Errors
    /// As [`Flakes::lock`].
    pub fn lock_mounted(
        &self,
        evaluator: &Evaluator,
        reference: &FlakeReference,
        mount: &MountedTree,
        described: Option<&Input>,
    ) -> Result<Option<LockedFlake>, FlakeError> {
        let directory = normal(&reference.directory);
        let is_file = |name: &str| {
            let path = directory.join(name);
            let kind = mount.kind(&path);
            kind.map_err(|error| {
                FlakeError::io("getting status of", &mount.real_path(&path), error)
            })
        };
        if is_file("flake.nix")? != Some(MountedKind::Regular)
            || is_file("flake.lock")?.is_some_and(|kind| kind != MountedKind::Regular)
        {
            return Ok(None);
        }
        // One that is not part of the tree would be read otherwise.
        let lock_path = mount.real_path(&directory.join("flake.lock"));
        if is_file("flake.lock")?.is_none() && lock_path.symlink_metadata().is_ok() {
            return Ok(None);
        }
        let input = described.unwrap_or(&reference.input).clone();
        let location = TreeLocation {
            tree: Rc::new(mounted_tree(self, input, reference, mount, described)?),
            directory,
        };
        let root = InputPath::default();
        let file = self.read(evaluator, reference, &location, &root)?;
        if file.self_attributes.iter().next().is_some() {
            return Ok(None);
        }
        let old = self.lock_file_at(&location)?;
        if self.has_outdated_inputs(&old)? {
            return Ok(None);
        }
        let mut source = EvaluatedFlakes {
            flakes: self,
            evaluator,
        };
        let options = LockOptions {
            use_registries: false,
            trusts_forges: self.fetcher.settings().trusts_forges,
            ..LockOptions::default()
        };
        let computed = compute_locks(&mut source, &file.inputs, &location, &old, &options)?;
        if computed.lock_file != old
            || !computed.warnings.is_empty()
            || old.unlocked_input(false, options.trusts_forges).is_some()
        {
            return Ok(None);
        }
        let locked = FlakeReference {
            input: location.tree.input.clone(),
            directory: reference.directory.clone(),
        };
        Ok(Some(LockedFlake {
            flake: Flake {
                original: reference.clone(),
                resolved: reference.clone(),
                locked,
                file,
                location,
            },
            lock_file: computed.lock_file,
            locations: computed.locations,
            force_dirty: false,
        }))
    }
}

fn mounted_tree(
    flakes: &Flakes,
    input: Input,
    reference: &FlakeReference,
    mount: &MountedTree,
    described: Option<&Input>,
) -> Result<FetchedTree, FlakeError> {
    let store = flakes.fetcher.store().store_dir();
    let store_path = mount
        .stand_in_path(input.name())
        .map_err(|error| FlakeError::Fetch(FetchError::Store(Box::new(error))))?;
    let root: PathBuf = mount.root().to_owned();
    debug_assert!(!Path::new(&store.print(&store_path)).starts_with(&root));
    Ok(FetchedTree {
        store_path,
        path: root.clone(),
        nar_hash: nix_wire::Hash::zero(nix_wire::HashAlgorithm::Sha256),
        input,
        source: match reference.input.scheme() {
            Some(Scheme::Git) => TreeSource::WorkingTree(root),
            _ => TreeSource::Directory(root),
        },
        mounted: Some(match described {
            Some(_) => Knowledge::Revision,
            None => Knowledge::Nothing,
        }),
    })
}
