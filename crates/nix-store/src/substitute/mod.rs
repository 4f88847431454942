//! Objects from other stores in place of builds.
//!
//! [`Substituters`] are stores that are asked in turn. What is wanted and all that it refers to is
//! planned first, by what the stores say of their objects; then archives come in parallel, each is
//! checked while it is unpacked, and what is complete is registered, many at a time. A store whose
//! archive is not what it said, or is gone, is passed over for the next.

mod ahead;
mod fetch;
mod plan;
mod renamed;
mod repair;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use nix_wire::StorePath;

use crate::PathInfo;
use crate::build::Cancellation;
use crate::error::StoreError;
use crate::local::{LocalStore, lock};
use crate::store::Store;

pub(crate) use fetch::{Fetch, fetch};
pub use plan::Plan;
pub use renamed::{Expected, Renamed};

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// A store that objects are fetched from.
#[derive(Debug, Clone)]
pub struct Substituter {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Whether its objects need nobody to vouch for them.
    pub trusted: bool,
    /// Those with a lower number are asked first.
    pub priority: i64,
}

/// Is told what happens, by several threads at once.
pub trait SubstitutionObserver: Send + Sync {
    /// Something that the user should know; most often a failure after which another way is tried.
    fn warning(&self, _text: &str) {}
    /// The path is locked by another process, for which this one waits.
    fn waiting(&self, _path: &Path) {}
    /// An archive of so many bytes begins to come from a store.
    fn copying(&self, _path: &StorePath, _from: &str, _nar_size: u64) {}
    /// An archive has come; the object is not registered yet.
    fn copied(&self, _path: &StorePath, _nar_size: u64) {}
}

/// An observer that does nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl SubstitutionObserver for Unobserved {}

/// Stores that objects are fetched from, in the order in which they are asked.
pub struct Substituters {
    list: Vec<Substituter>,
    observer: Box<dyn SubstitutionObserver>,
    /// How many archives come at the same time.
    threads: usize,
    /// What stores have said of their objects, so that it is asked once.
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// By store, by path: what it has of it.
    infos: Vec<BTreeMap<StorePath, Option<PathInfo>>>,
    /// Stores that could not be asked, which is not tried again.
    failed: HashSet<usize>,
    /// What was promised and is gone.
    gone: BTreeSet<StorePath>,
    /// What somebody was warned of.
    warned: HashSet<String>,
}

impl std::fmt::Debug for Substituters {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Substituters")
            .field("list", &self.list)
            .finish_non_exhaustive()
    }
}

impl Substituters {
    /// Those with the lower priority number first, those with the same as they are given.
    #[must_use]
    pub fn new(
        mut list: Vec<Substituter>,
        threads: usize,
        observer: Box<dyn SubstitutionObserver>,
    ) -> Substituters {
        list.sort_by_key(|substituter| substituter.priority);
        Substituters {
            known: Mutex::new(Known {
                infos: vec![BTreeMap::new(); list.len()],
                ..Known::default()
            }),
            list,
            observer,
            threads: threads.max(1),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The stores.
    #[must_use]
    pub fn list(&self) -> &[Substituter] {
        &self.list
    }

    /// What fetching these paths and all that they refer to would take.
    ///
    /// # Errors
    /// When `store` cannot be read.
    pub fn plan(&self, store: &LocalStore, paths: &BTreeSet<StorePath>) -> Result<Plan> {
        plan::plan(self, store, paths)
    }

    /// Those of the paths that could be had, with all that they refer to.
    ///
    /// # Errors
    /// When `store` cannot be read.
    pub fn offered(
        &self,
        store: &LocalStore,
        paths: &BTreeSet<StorePath>,
    ) -> Result<BTreeSet<StorePath>> {
        let plan = self.plan(store, paths)?;
        let mut offered = plan.offered(paths);
        let known = lock(&self.known);
        offered.retain(|path| !known.gone.contains(path));
        Ok(offered)
    }

    /// Makes the paths valid, with all that they refer to, as far as they can be had.
    ///
    /// # Errors
    /// When it was stopped, or `store` fails. What had come before is valid.
    pub fn substitute(
        &self,
        store: &LocalStore,
        paths: &BTreeSet<StorePath>,
        cancellation: &Cancellation,
    ) -> Result<()> {
        let plan = self.plan(store, paths)?;
        if plan.items.is_empty() {
            return Ok(());
        }
        let incoming: Vec<Fetch<'_>> = plan
            .items
            .iter()
            .map(|item| Fetch {
                path: &item.path,
                offers: item
                    .offers
                    .iter()
                    .map(|(index, info)| (&*self.list[*index].store, info))
                    .collect(),
            })
            .collect();
        let failures = fetch(
            store,
            &incoming,
            self.threads,
            cancellation,
            &*self.observer,
        )?;
        let mut known = lock(&self.known);
        for failure in failures {
            if matches!(failure.error, Some(StoreError::Gone(_))) {
                known.gone.insert(failure.path);
            }
        }
        Ok(())
    }

    fn warn_once(&self, text: &str) {
        if lock(&self.known).warned.insert(text.to_owned()) {
            self.observer.warning(text);
        }
    }

    /// What a store has of these paths. One that cannot be asked has nothing.
    fn ask(&self, index: usize, paths: &BTreeSet<StorePath>) -> BTreeMap<StorePath, PathInfo> {
        let mut found = BTreeMap::new();
        let mut unknown = BTreeSet::new();
        {
            let known = lock(&self.known);
            if known.failed.contains(&index) {
                return found;
            }
            for path in paths.difference(&known.gone) {
                match known.infos[index].get(path) {
                    Some(Some(info)) => {
                        found.insert(path.clone(), info.clone());
                    }
                    Some(None) => {}
                    None => {
                        unknown.insert(path.clone());
                    }
                }
            }
        }
        if unknown.is_empty() {
            return found;
        }
        let store = &self.list[index].store;
        match store.path_infos(&unknown) {
            Ok(infos) => {
                let mut known = lock(&self.known);
                let mut by_path: BTreeMap<StorePath, PathInfo> = infos
                    .into_iter()
                    .map(|info| (info.path.clone(), info))
                    .collect();
                for path in unknown {
                    let info = by_path.remove(&path);
                    if let Some(info) = &info {
                        found.insert(path.clone(), info.clone());
                    }
                    known.infos[index].insert(path, info);
                }
            }
            Err(error) => {
                lock(&self.known).failed.insert(index);
                self.warn_once(&format!(
                    "{error}; the substituter '{}' is not asked again",
                    store.uri()
                ));
            }
        }
        found
    }
}
