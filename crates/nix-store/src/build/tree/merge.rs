//! Trees merged into one tree of links. A directory that one tree alone has is one link.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::steps::Words;
use super::{Result, at, entries, is_link, is_there};

/// Entries that describe a package and are not installed.
const LEFT_OUT: [&str; 4] = [
    "nix-support",
    "propagated-build-inputs",
    "manifest.nix",
    "manifest.json",
];

/// The state of merging trees.
#[derive(Debug, Default)]
pub(super) struct Merge {
    profile: Option<Profile>,
}

/// An environment of packages.
#[derive(Debug)]
struct Profile {
    root: PathBuf,
    /// Whether the first file of several at one place stays without question.
    ignores_collisions: bool,
    /// Whether files with the same contents collide.
    checks_contents: bool,
    /// The parts of packages that are installed, absolute within a package.
    paths: Vec<PathBuf>,
    /// The priority of the packages that are being installed.
    priority: Vec<u8>,
    /// The packages of that priority.
    peers: Vec<PathBuf>,
}

impl Merge {
    /// Merges a tree into the output: `TREE required|optional`.
    pub(super) fn join(&mut self, words: &mut Words<'_>, out: &Path) -> Result<()> {
        let tree = words.path()?;
        let is_required = words.text()? == "required";
        if tree.is_dir() {
            return merge_tree(tree, out, None);
        }
        if is_required {
            return Err(format!(
                "symlinkJoin: {} is not a directory",
                tree.display()
            ));
        }
        Ok(())
    }

    /// Sets how packages are installed from now on: `IGNORE CHECK PREFIX PATH…`.
    pub(super) fn begin_profile(&mut self, words: &mut Words<'_>, out: &Path) -> Result<()> {
        let ignores_collisions = words.text()? == "1";
        let checks_contents = words.text()? == "1";
        let prefix = words.path()?;
        let root = out.join(prefix.strip_prefix("/").unwrap_or(prefix));
        fs::create_dir_all(&root).map_err(at(&root))?;
        let mut paths = Vec::new();
        for _ in 0..words.len() {
            paths.push(words.path()?.to_owned());
        }
        self.profile = Some(Profile {
            root,
            ignores_collisions,
            checks_contents,
            paths,
            priority: Vec::new(),
            peers: Vec::new(),
        });
        Ok(())
    }

    /// Installs a package: `PRIORITY TREE`. The more urgent ones come first.
    pub(super) fn install(&mut self, words: &mut Words<'_>) -> Result<()> {
        let priority = words.next()?;
        let tree = words.path()?;
        let profile = self.profile.as_mut().ok_or("a package has no profile")?;
        if !tree.is_dir() {
            return Err(format!("the package {} is not a directory", tree.display()));
        }
        if profile.priority != priority {
            profile.priority = priority.to_vec();
            profile.peers.clear();
        }
        profile.peers.push(tree.to_owned());
        for path in &profile.paths {
            let below = path.strip_prefix("/").unwrap_or(path);
            if below.as_os_str().is_empty() {
                merge_tree(tree, &profile.root, Some(profile))?;
            } else if tree.join(below).exists() {
                let target = profile.root.join(below);
                if let Some(parent) = target.parent() {
                    fs::create_dir_all(parent).map_err(at(parent))?;
                }
                merge_entry(&tree.join(below), &target, Some(profile))?;
            }
        }
        Ok(())
    }
}

/// Links each entry of a tree that is neither hidden nor a manifest.
pub(super) fn link_entries(tree: &Path, out: &Path) -> Result<()> {
    for entry in entries(tree)? {
        let Some(name) = entry.file_name() else {
            continue;
        };
        let bytes = name.as_bytes();
        if !bytes.starts_with(b".") && !bytes.starts_with(b"manifest.") {
            let link = out.join(name);
            symlink(&entry, &link).map_err(at(&link))?;
        }
    }
    Ok(())
}

/// Merges the entries of the directory `source` into the directory `target`.
fn merge_tree(source: &Path, target: &Path, profile: Option<&Profile>) -> Result<()> {
    let is_package =
        profile.is_some_and(|profile| profile.peers.last().is_some_and(|tree| tree == source));
    for entry in entries(source)? {
        let Some(name) = entry.file_name() else {
            continue;
        };
        if is_package && LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        }
        merge_entry(&entry, &target.join(name), profile)?;
    }
    Ok(())
}

fn merge_entry(source: &Path, target: &Path, profile: Option<&Profile>) -> Result<()> {
    if !is_there(target) {
        return symlink(source, target).map_err(at(target));
    }
    if !(source.is_dir() && target.is_dir()) {
        return profile.map_or(Ok(()), |profile| profile.collide(source, target));
    }
    if is_link(target) {
        open_directory(target)?;
    }
    merge_tree(source, target, profile)
}

/// Replaces a link to a directory by a directory of links to its entries.
fn open_directory(path: &Path) -> Result<()> {
    let source = fs::read_link(path).map_err(at(path))?;
    fs::remove_file(path)
        .and_then(|()| fs::create_dir(path))
        .map_err(at(path))?;
    for entry in entries(&source)? {
        if let Some(name) = entry.file_name() {
            let link = path.join(name);
            symlink(&entry, &link).map_err(at(&link))?;
        }
    }
    Ok(())
}

impl Profile {
    /// Decides on two packages that have a file of the same name. The one that is linked stays; if
    /// both are equally urgent, they have to be the same.
    fn collide(&self, source: &Path, target: &Path) -> Result<()> {
        let linked = fs::read_link(target).unwrap_or_else(|_| target.to_owned());
        if self.ignores_collisions || linked == source {
            return Ok(());
        }
        if self.checks_contents && have_same_contents(source, &linked) {
            return Ok(());
        }
        if !self.peers.iter().any(|peer| linked.starts_with(peer)) {
            return Ok(());
        }
        Err(format!(
            "two packages have the same file, and neither has priority:\n  {}\n  {}\nRemove one \
             of them, or give one a priority with lib.hiPrio or lib.lowPrio.",
            source.display(),
            linked.display()
        ))
    }
}

fn have_same_contents(one: &Path, other: &Path) -> bool {
    let size = |path: &Path| path.metadata().ok().map(|metadata| metadata.len());
    one.is_file()
        && other.is_file()
        && size(one) == size(other)
        && matches!((fs::read(one), fs::read(other)), (Ok(one), Ok(other)) if one == other)
}
