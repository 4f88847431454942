//! What differs between two generations, as values: files, user units and packages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::serde_path;
use crate::tree::ManagedTree;
use crate::view::{HomeView, Kind, ViewError};

/// How one thing differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Only the new generation has it.
    Added,
    /// Only the old one has it.
    Removed,
    /// Both have it, with different content.
    Changed,
}

/// A managed file that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// Its place below the home.
    #[serde(with = "serde_path")]
    pub path: PathBuf,
    /// How it differs.
    pub change: Change,
}

/// A package whose version differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageChange {
    /// The package's name.
    pub name: String,
    /// The versions before; none when it is new.
    pub old: Vec<String>,
    /// The versions after; none when it is gone.
    pub new: Vec<String>,
}

/// What differs between two generations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationDiff {
    /// Managed files, user units apart.
    pub files: Vec<FileChange>,
    /// User units (files below `.config/systemd/user`).
    pub units: Vec<FileChange>,
    /// Installed packages.
    pub packages: Vec<PackageChange>,
}

impl GenerationDiff {
    /// Whether the generations are the same in all that is compared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.units.is_empty() && self.packages.is_empty()
    }
}

/// Compares the managed files of two generations by content.
///
/// # Errors
/// When a file of them cannot be read.
pub fn compare_files(
    view: &dyn HomeView,
    old: Option<&ManagedTree>,
    new: &ManagedTree,
) -> Result<Vec<FileChange>, ViewError> {
    let none = ManagedTree::default();
    let old = old.unwrap_or(&none);
    let mut changes = Vec::new();
    let all: BTreeSet<&PathBuf> = old.leaves.union(&new.leaves).collect();
    for leaf in all {
        let change = match (old.leaves.contains(leaf), new.leaves.contains(leaf)) {
            (false, _) => Some(Change::Added),
            (_, false) => Some(Change::Removed),
            (true, true) => differs(view, &old.root.join(leaf), &new.root.join(leaf))?
                .then_some(Change::Changed),
        };
        if let Some(change) = change {
            changes.push(FileChange {
                path: leaf.clone(),
                change,
            });
        }
    }
    Ok(changes)
}

fn differs(view: &dyn HomeView, old: &Path, new: &Path) -> Result<bool, ViewError> {
    let (old_kind, new_kind) = (view.kind(old)?, view.kind(new)?);
    if let (Kind::Link(one), Kind::Link(other)) = (&old_kind, &new_kind)
        && one == other
    {
        return Ok(false);
    }
    // Out-of-store links may dangle: then only their texts can be compared, and those differ.
    if view.resolved_kind(old)?.is_none() || view.resolved_kind(new)?.is_none() {
        return Ok(true);
    }
    Ok(!view.same_content(old, new)?)
}

/// Splits off the user units.
#[must_use]
pub fn split_units(changes: Vec<FileChange>) -> (Vec<FileChange>, Vec<FileChange>) {
    changes
        .into_iter()
        .partition(|change| !change.path.starts_with(".config/systemd/user"))
}

/// Compares two sets of packages, given as names of store paths without their hashes
/// (`git-2.51.2`).
#[must_use]
pub fn compare_packages<'a>(
    old: impl IntoIterator<Item = &'a str>,
    new: impl IntoIterator<Item = &'a str>,
) -> Vec<PackageChange> {
    let mut by_name: BTreeMap<&str, (Vec<String>, Vec<String>)> = BTreeMap::new();
    for full in old {
        let (name, version) = split_name(full);
        by_name.entry(name).or_default().0.push(version.to_owned());
    }
    for full in new {
        let (name, version) = split_name(full);
        by_name.entry(name).or_default().1.push(version.to_owned());
    }
    by_name
        .into_iter()
        .filter_map(|(name, (mut old, mut new))| {
            old.sort_unstable();
            new.sort_unstable();
            (old != new).then(|| PackageChange {
                name: name.to_owned(),
                old,
                new,
            })
        })
        .collect()
}

/// Splits `name-version` before the first dash that is not followed by a letter, as
/// `builtins.parseDrvName` does.
fn split_name(full: &str) -> (&str, &str) {
    let bytes = full.as_bytes();
    for (index, _) in full.match_indices('-') {
        if bytes
            .get(index + 1)
            .is_some_and(|byte| !byte.is_ascii_alphabetic())
        {
            return (&full[..index], &full[index + 1..]);
        }
    }
    (full, "")
}
