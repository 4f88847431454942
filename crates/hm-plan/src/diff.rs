//! What differs between two generations, as values: files, user units, packages, session
//! variables and activation blocks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::serde_path;
use crate::tree::ManagedTree;
use crate::view::{HomeView, Kind, ViewError};

/// How one thing differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Only the new generation has it.
    Added,
    /// Only the old one has it.
    Removed,
    /// Both have it, with different content.
    Changed,
}

impl Change {
    /// Compares something that each side may have. `None` if it is the same on both.
    fn between<T: PartialEq>(old: Option<&T>, new: Option<&T>) -> Option<Change> {
        match (old, new) {
            (Some(old), Some(new)) => (old != new).then_some(Change::Changed),
            (None, Some(_)) => Some(Change::Added),
            (Some(_), None) => Some(Change::Removed),
            (None, None) => None,
        }
    }
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

/// A package that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageChange {
    /// The package's name.
    pub name: String,
    /// How it differs. A changed package may have the same version before and after.
    pub change: Change,
    /// The versions before, without those of packages that have none.
    pub old: Vec<String>,
    /// The versions after.
    pub new: Vec<String>,
}

/// A session variable that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariableChange {
    /// The name of the variable.
    pub name: String,
    /// How it differs.
    pub change: Change,
    /// The value before, as the shell reads it.
    pub old: Option<String>,
    /// The value after.
    pub new: Option<String>,
}

/// An activation block that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockChange {
    /// Its name in `home.activation`.
    pub name: String,
    /// How it differs.
    pub change: Change,
}

/// The differences between two generations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationDiff {
    /// Managed files, user units apart.
    pub files: Vec<FileChange>,
    /// User units (files below `.config/systemd/user`).
    pub units: Vec<FileChange>,
    /// Installed packages.
    pub packages: Vec<PackageChange>,
    /// Session variables.
    pub variables: Vec<VariableChange>,
    /// Activation blocks.
    pub blocks: Vec<BlockChange>,
}

impl GenerationDiff {
    /// Whether the generations are the same in all that is compared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
            && self.units.is_empty()
            && self.packages.is_empty()
            && self.variables.is_empty()
            && self.blocks.is_empty()
    }
}

/// Compares the managed files of two generations by content. A directory that is one link is
/// compared file by file.
///
/// # Errors
/// If a file cannot be read.
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
        let (before, after) = (old.leaves.contains(leaf), new.leaves.contains(leaf));
        let one_sided = match (before, after) {
            (false, _) => Some(Change::Added),
            (_, false) => Some(Change::Removed),
            (true, true) => None,
        };
        match one_sided {
            Some(change) => changes.push(FileChange {
                path: leaf.clone(),
                change,
            }),
            None => {
                let (old, new) = (old.root.join(leaf), new.root.join(leaf));
                compare_trees(view, &old, &new, leaf, &mut changes)?;
            }
        }
    }
    Ok(changes)
}

/// Compares what stands at two paths that belong to the same place in the home.
fn compare_trees(
    view: &dyn HomeView,
    old: &Path,
    new: &Path,
    place: &Path,
    changes: &mut Vec<FileChange>,
) -> Result<(), ViewError> {
    if same_link(view, old, new)? {
        return Ok(());
    }
    // Out-of-store links may dangle: then only their texts can be compared, and those differ.
    let (old_kind, new_kind) = (view.resolved_kind(old)?, view.resolved_kind(new)?);
    let is_directory = |kind: &Option<Kind>| *kind == Some(Kind::Directory);
    if is_directory(&old_kind) && is_directory(&new_kind) {
        let (before, after) = (entries(view, old)?, entries(view, new)?);
        for name in before.union(&after) {
            let change = match (before.contains(name), after.contains(name)) {
                (true, true) => {
                    let place = place.join(name);
                    compare_trees(view, &old.join(name), &new.join(name), &place, changes)?;
                    continue;
                }
                (false, _) => Change::Added,
                (_, false) => Change::Removed,
            };
            changes.push(FileChange {
                path: place.join(name),
                change,
            });
        }
        return Ok(());
    }
    if old_kind.is_none() || new_kind.is_none() || !view.same_content(old, new)? {
        changes.push(FileChange {
            path: place.to_owned(),
            change: Change::Changed,
        });
    }
    Ok(())
}

fn same_link(view: &dyn HomeView, old: &Path, new: &Path) -> Result<bool, ViewError> {
    Ok(match (view.kind(old)?, view.kind(new)?) {
        // A relative link leads to another place from each side.
        (Kind::Link(one), Kind::Link(other)) => one == other && one.is_absolute(),
        _ => false,
    })
}

fn entries(view: &dyn HomeView, path: &Path) -> Result<BTreeSet<PathBuf>, ViewError> {
    let names = view.entries(path)?;
    Ok(names.into_iter().map(PathBuf::from).collect())
}

/// Splits off the user units.
#[must_use]
pub fn split_units(changes: Vec<FileChange>) -> (Vec<FileChange>, Vec<FileChange>) {
    changes
        .into_iter()
        .partition(|change| !change.path.starts_with(".config/systemd/user"))
}

/// A package in a generation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstalledPackage {
    /// The name of its store path without the hash: `git-2.51.2`.
    pub full_name: String,
    /// Its store path, which changes with its contents.
    pub path: String,
}

/// Compares two sets of packages.
#[must_use]
pub fn compare_packages(old: &[InstalledPackage], new: &[InstalledPackage]) -> Vec<PackageChange> {
    let (old, new) = (by_name(old), by_name(new));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| {
            let (before, after) = (old.get(name), new.get(name));
            let versions = |packages: Option<&BTreeSet<(String, &str)>>| {
                let packages = packages.into_iter().flatten();
                packages
                    .map(|(version, _)| version.clone())
                    .filter(|version| !version.is_empty())
                    .collect()
            };
            Some(PackageChange {
                name: name.clone(),
                change: Change::between(before, after)?,
                old: versions(before),
                new: versions(after),
            })
        })
        .collect()
}

/// The versions and store paths of packages, by name.
fn by_name(packages: &[InstalledPackage]) -> BTreeMap<String, BTreeSet<(String, &str)>> {
    let mut found: BTreeMap<String, BTreeSet<(String, &str)>> = BTreeMap::new();
    for package in packages {
        let (name, version) = split_name(&package.full_name);
        let versions = found.entry(name.to_owned()).or_default();
        versions.insert((version.to_owned(), &package.path));
    }
    found
}

/// Splits `name-version` before the first dash that is not followed by a letter, as
/// `builtins.parseDrvName` does.
#[must_use]
pub fn split_name(full: &str) -> (&str, &str) {
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

/// Compares session variables.
#[must_use]
pub fn compare_variables(
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
) -> Vec<VariableChange> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| {
            Some(VariableChange {
                name: name.clone(),
                change: Change::between(old.get(name), new.get(name))?,
                old: old.get(name).cloned(),
                new: new.get(name).cloned(),
            })
        })
        .collect()
}

/// Returns the variables that a script like `hm-session-vars.sh` exports, with their values as they
/// are written, without the quotes around them.
#[must_use]
pub fn exported_variables(script: &str) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    let mut lines = script.lines();
    while let Some(line) = lines.next() {
        let Some((name, value)) = line
            .strip_prefix("export ")
            .and_then(|assignment| assignment.split_once('='))
        else {
            continue;
        };
        let mut value = value.to_owned();
        // A value may have several lines.
        while value.starts_with('"') && !is_closed(&value) {
            let Some(next) = lines.next() else { break };
            value.push('\n');
            value.push_str(next);
        }
        let inside = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'));
        let inside = inside.map_or_else(|| value.clone(), str::to_owned);
        // Only the script itself needs this one.
        if name != "__HM_SESS_VARS_SOURCED" {
            variables.insert(name.to_owned(), inside);
        }
    }
    variables
}

/// Whether a text that begins with a double quote ends with the one that closes it.
fn is_closed(text: &str) -> bool {
    let mut characters = text.chars().skip(1);
    let mut closed = false;
    while let Some(character) = characters.next() {
        closed = character == '"';
        if character == '\\' {
            characters.next();
        }
    }
    closed
}

/// Blocks whose text follows from the files and packages of a generation.
const DERIVED_BLOCKS: &[&str] = &[
    "checkFilesChanged",
    "checkLinkTargets",
    "installPackages",
    "linkGeneration",
    "onFilesChange",
    "reloadSystemd",
    "setupLaunchAgents",
    "writeBoundary",
];

/// Compares the activation blocks of two scripts `activate`, without those whose text follows
/// from files and packages.
#[must_use]
pub fn compare_blocks(old: &str, new: &str) -> Vec<BlockChange> {
    let (old, new) = (blocks(old), blocks(new));
    let names: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    names
        .into_iter()
        .filter(|name| !DERIVED_BLOCKS.contains(name))
        .filter_map(|name| {
            Some(BlockChange {
                name: name.to_owned(),
                change: Change::between(old.get(name), new.get(name))?,
            })
        })
        .collect()
}

/// The lines with which the part of a script begins that comes after the last block.
const ENDS: &[&str] = &[
    "if [[ ! -v hmDriverRead ]]; then",
    "# Create the \"current generation\" GC root.",
];

/// Returns the lines of each block of a script, which announces a block before it runs it.
fn blocks(script: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut current = None;
    for line in script.lines().map(str::trim) {
        let announced = ["hmAnnounceBlock \"", "_iNote \"Activating %s\" \""]
            .iter()
            .find_map(|prefix| line.strip_prefix(prefix));
        if let Some(name) = announced {
            let name = name.trim_end_matches('"');
            found.entry(name).or_default();
            current = Some(name);
        } else if ENDS.contains(&line) {
            current = None;
        } else if let Some(name) = current
            && !line.is_empty()
            && !line.starts_with("hmTellBlock ")
        {
            found.entry(name).or_default().push(line);
        }
    }
    found
}
