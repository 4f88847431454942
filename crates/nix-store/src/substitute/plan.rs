//! What would have to be fetched.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use nix_wire::StorePath;

use super::{Result, Substituters};
use crate::PathInfo;
use crate::local::LocalStore;

/// What is to be fetched, each object after those that it refers to.
#[derive(Debug, Default)]
pub struct Plan {
    pub(super) items: Vec<Item>,
    valid: BTreeSet<StorePath>,
    lacking: BTreeSet<StorePath>,
}

/// An object that some store has.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) path: StorePath,
    /// Which store has what, in the order in which they are tried.
    pub(super) offers: Vec<(usize, PathInfo)>,
}

impl Plan {
    /// The objects that would be fetched, with what is said of them.
    pub fn infos(&self) -> impl Iterator<Item = &PathInfo> {
        self.items
            .iter()
            .filter_map(|item| item.offers.first().map(|(_, info)| info))
    }

    /// What objects that some store has refer to and none has: the former would not be fetched.
    #[must_use]
    pub fn lacking(&self) -> &BTreeSet<StorePath> {
        &self.lacking
    }

    /// Those of the paths that are valid or would be.
    #[must_use]
    pub fn offered(&self, paths: &BTreeSet<StorePath>) -> BTreeSet<StorePath> {
        let items: BTreeSet<&StorePath> = self.items.iter().map(|item| &item.path).collect();
        paths
            .iter()
            .filter(|path| self.valid.contains(*path) || items.contains(path))
            .cloned()
            .collect()
    }
}

pub(super) fn plan(
    substituters: &Substituters,
    store: &LocalStore,
    paths: &BTreeSet<StorePath>,
) -> Result<Plan> {
    let mut offers: BTreeMap<StorePath, Vec<(usize, PathInfo)>> = BTreeMap::new();
    let mut valid = BTreeSet::new();
    let mut pending = paths.clone();
    while !pending.is_empty() {
        // First, so that what is found valid stays so.
        store.add_temporary_roots(&pending)?;
        let now_valid = store.valid_among(&pending)?;
        let missing: BTreeSet<StorePath> = pending.difference(&now_valid).cloned().collect();
        valid.extend(now_valid);
        let mut next = BTreeSet::new();
        for path in &missing {
            offers.entry(path.clone()).or_default();
        }
        for index in 0..substituters.list.len() {
            for (path, info) in acceptable(substituters, store, index, &missing) {
                next.extend(info.references.iter().cloned());
                if let Some(offers) = offers.get_mut(&path) {
                    offers.push((index, info));
                }
            }
        }
        next.retain(|path| !offers.contains_key(path) && !valid.contains(path));
        pending = next;
    }
    let lacking = offers
        .iter()
        .filter(|(path, list)| list.is_empty() && !paths.contains(*path))
        .map(|(path, _)| path.clone())
        .collect();
    drop_incomplete(&mut offers, &valid);
    Ok(Plan {
        items: in_order(offers),
        valid,
        lacking,
    })
}

/// What one store has of the paths and may be taken.
pub(super) fn acceptable(
    substituters: &Substituters,
    store: &LocalStore,
    index: usize,
    paths: &BTreeSet<StorePath>,
) -> BTreeMap<StorePath, PathInfo> {
    let substituter = &substituters.list[index];
    if substituter.store.store_dir() != store.store_dir() {
        return BTreeMap::new();
    }
    let mut infos = substituters.ask(index, paths);
    let trust = store.trust();
    infos.retain(|path, info| {
        let accepted = substituter.trusted || trust.accepts(store.store_dir(), info);
        if !accepted {
            substituters.warn_once(&format!(
                "ignoring substitute for '{}' from '{}', as it's not signed by any of the \
                     keys in 'trusted-public-keys'",
                store.layout().print(path),
                substituter.store.uri()
            ));
        }
        accepted
    });
    infos
}

/// Leaves out, again and again, what refers to something that nobody has.
fn drop_incomplete(
    offers: &mut BTreeMap<StorePath, Vec<(usize, PathInfo)>>,
    valid: &BTreeSet<StorePath>,
) {
    loop {
        let available: BTreeSet<StorePath> = offers
            .iter()
            .filter(|(_, list)| !list.is_empty())
            .map(|(path, _)| path.clone())
            .collect();
        let mut changed = false;
        for list in offers.values_mut() {
            let before = list.len();
            list.retain(|(_, info)| {
                info.references
                    .iter()
                    .all(|path| valid.contains(path) || available.contains(path))
            });
            changed |= list.len() != before;
        }
        if !changed {
            return;
        }
    }
}

/// Each after those that it refers to, whatever offer is taken in the end.
fn in_order(offers: BTreeMap<StorePath, Vec<(usize, PathInfo)>>) -> Vec<Item> {
    let mut items: Vec<Option<Item>> = Vec::new();
    let mut by_path = HashMap::new();
    for (path, offers) in offers {
        if !offers.is_empty() {
            by_path.insert(path.clone(), items.len());
            items.push(Some(Item { path, offers }));
        }
    }
    let next: Vec<Vec<usize>> = items
        .iter()
        .flatten()
        .map(|item| {
            let references = item.offers.iter().flat_map(|(_, info)| &info.references);
            references
                .filter_map(|path| by_path.get(path).copied())
                .collect()
        })
        .collect();
    let mut ordered = Vec::with_capacity(items.len());
    let mut seen = vec![false; items.len()];
    for root in 0..items.len() {
        let mut stack = vec![(root, false)];
        while let Some((index, leave)) = stack.pop() {
            if leave {
                ordered.extend(items[index].take());
            } else if !std::mem::replace(&mut seen[index], true) {
                stack.push((index, true));
                stack.extend(next[index].iter().map(|index| (*index, false)));
            }
        }
    }
    ordered
}
