//! Finding store objects from what users name, and their order.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use nix_wire::{StoreDir, StorePath};

use super::Result;
use super::roots::absolute;
use crate::error::{During, StoreError};
use crate::store::Store;

/// As many symbolic links as Linux follows in one path.
const MOST_LINKS: usize = 40;

/// The store object that a path lies in, symbolic links followed until one leads into the
/// store.
///
/// # Errors
/// [`StoreError::NotInStore`] when none does.
pub fn object_at(store_dir: &StoreDir, path: &Path) -> Result<StorePath> {
    let asked = absolute(path)?;
    let mut path = asked.clone();
    for _ in 0..MOST_LINKS {
        if let Some((object, _)) = path
            .to_str()
            .and_then(|text| store_dir.parse_within(text).ok())
        {
            return Ok(object);
        }
        if path.starts_with(store_dir.as_str()) {
            break;
        }
        let Some((link, rest)) = first_link(&path) else {
            break;
        };
        let target = fs::read_link(&link).during("read link", &link)?;
        let parent = link.parent().unwrap_or(Path::new("/"));
        path = absolute(&parent.join(target).join(rest))?;
    }
    // A path of the store that is none is told of as such.
    if let Some(text) = asked.to_str()
        && asked.starts_with(store_dir.as_str())
        && asked != Path::new(store_dir.as_str())
    {
        store_dir.parse_within(text)?;
    }
    Err(StoreError::NotInStore(asked))
}

/// The objects in an order in which each comes after those of them that it refers to.
///
/// # Errors
/// When the database cannot be read.
pub fn references_first<S: Store + ?Sized>(
    store: &S,
    paths: &BTreeSet<StorePath>,
) -> Result<Vec<StorePath>> {
    let mut ordered = Vec::with_capacity(paths.len());
    let mut seen = BTreeSet::new();
    for root in paths {
        let mut stack = vec![(root.clone(), false)];
        while let Some((path, leave)) = stack.pop() {
            if leave {
                ordered.push(path);
                continue;
            }
            if !seen.insert(path.clone()) {
                continue;
            }
            let references = Store::path_info(store, &path)?
                .map(|info| info.references)
                .unwrap_or_default();
            stack.push((path, true));
            stack.extend(
                references
                    .into_iter()
                    .rev()
                    .filter(|reference| paths.contains(reference) && !seen.contains(reference))
                    .map(|reference| (reference, false)),
            );
        }
    }
    Ok(ordered)
}

/// The first symbolic link on the way to a path, and what comes after it.
fn first_link(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let mut prefix = PathBuf::new();
    let mut components = path.components();
    while let Some(component) = components.next() {
        prefix.push(component);
        if fs::symlink_metadata(&prefix).ok()?.is_symlink() {
            return Some((prefix, components.as_path().to_owned()));
        }
    }
    None
}
