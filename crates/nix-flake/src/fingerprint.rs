//! What tells a locked flake from all others.

use nix_wire::hash::Hasher;
use nix_wire::{Hash, HashAlgorithm};

use crate::error::FlakeError;
use crate::fetch::{GitChanges, TreeSource};
use crate::locking::LockedFlake;
use crate::reference::{Input, ReferenceError, Scheme};

impl LockedFlake {
    /// A hash of all that the outputs of the flake depend on, the same as Nix's; `None` if
    /// something in it is not locked.
    ///
    /// # Errors
    /// When an attribute of its reference is malformed.
    pub fn fingerprint(&self) -> Result<Option<Hash>, FlakeError> {
        if self.lock_file.unlocked_input(false, true).is_some() {
            return Ok(None);
        }
        let locked = &self.flake.locked;
        let tree = match &self.flake.location.tree.source {
            TreeSource::WorkingTree(root) if !locked.input.attributes().contains("rev") => {
                let changes = GitChanges::of(root)?;
                Some(dirty_fingerprint(&locked.input, &changes))
            }
            _ => fingerprint_of(&locked.input)?,
        };
        let Some(tree) = tree else {
            return Ok(None);
        };
        let mut text = format!("{tree};{};{}", locked.directory, self.lock_file);
        if let Some(count) = locked.input.revision_count() {
            text.push_str(&format!(";revCount={count}"));
        }
        if let Some(seconds) = locked.input.last_modified() {
            text.push_str(&format!(";lastModified={seconds}"));
        }
        let mut hasher = Hasher::new(HashAlgorithm::Sha256);
        hasher.update(text.as_bytes());
        Ok(Some(hasher.finish()))
    }
}

/// What tells a locked tree from others of its scheme.
fn fingerprint_of(input: &Input) -> Result<Option<String>, ReferenceError> {
    let revision = input.revision()?.map(|revision| revision.base16());
    let hash = input.nar_hash()?.map(|hash| hash.sri());
    Ok(match input.scheme() {
        Some(Scheme::Git) => revision.map(|revision| revision + &git_options(input)),
        Some(Scheme::GitHub | Scheme::GitLab | Scheme::SourceHut | Scheme::Mercurial) => revision,
        Some(Scheme::Tarball | Scheme::File) => hash.or(revision),
        Some(Scheme::Path) => hash.map(|hash| format!("path:{hash}")),
        Some(Scheme::Indirect) | None => None,
    })
}

/// That of a Git tree with changes that are not committed.
fn dirty_fingerprint(input: &Input, changes: &GitChanges) -> String {
    let revision = changes.revision.clone().unwrap_or_else(|| "0".repeat(40));
    format!(
        "{revision}{};d={}",
        git_options(input),
        changes.hash.base16()
    )
}

/// What is done to the files of a Git tree.
fn git_options(input: &Input) -> String {
    [("submodules", ";s"), ("exportIgnore", ";e"), ("lfs", ";l")]
        .into_iter()
        .filter(|(name, _)| input.is_true(name))
        .map(|(_, text)| text)
        .collect()
}
