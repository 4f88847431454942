//! Garbage collection: deleting what nothing needs.
//!
//! Needed are the roots and all that they refer to: the links in `gcroots` and `profiles`, what
//! running processes use, and the temporary roots of processes that add to the store at this time.
//! Those cannot be stopped while a collection goes on; they tell it of new roots through a socket.

mod graph;
pub(crate) mod reserve;
mod roots;
mod runtime;
mod server;

pub use roots::Root;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use nix_wire::StorePath;
use rustix::fs::FlockOperation;

use crate::build::Cancellation;
use crate::canonical;
use crate::error::{During, StoreError};
use crate::local::LocalStore;
use crate::locks;
use crate::optimise::LINKS;
use graph::Graph;
use server::Shared;

type Result<T> = std::result::Result<T, StoreError>;

/// What to collect.
#[derive(Debug, Clone)]
pub struct GcOptions {
    /// Whether to delete what is found, rather than to say only what it is.
    pub delete: bool,
    /// After how many freed bytes to end.
    pub max_freed: Option<u64>,
    /// Whether the derivation of what is needed is needed too.
    pub keep_derivations: bool,
    /// Whether the outputs of a derivation that is needed are needed too.
    pub keep_outputs: bool,
    /// Only these objects, which nothing else may refer to; all that may be when not given.
    pub only: Option<BTreeSet<StorePath>>,
    /// Whether, of [`GcOptions::only`], those may be deleted too that roots keep.
    pub ignore_liveness: bool,
}

impl Default for GcOptions {
    /// Deletes all that it may, and keeps derivations, as Nix does.
    fn default() -> GcOptions {
        GcOptions {
            delete: true,
            max_freed: None,
            keep_derivations: true,
            keep_outputs: false,
            only: None,
            ignore_liveness: false,
        }
    }
}

/// What is told about a collection while it goes on. A function is told only what is deleted.
pub trait GcObserver {
    /// No other collection goes on now.
    fn locked(&mut self) {}
    /// The roots are known.
    fn roots_found(&mut self) {}
    /// This is going to be deleted, by its name in the store's directory.
    fn deleting(&mut self, _name: &str) {}
}

impl<F: FnMut(&str)> GcObserver for F {
    fn deleting(&mut self, name: &str) {
        self(name);
    }
}

/// What was collected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    /// What was deleted, or would be; by its name in the store's directory.
    pub names: BTreeSet<String>,
    /// How much room that made.
    pub bytes: u64,
}

impl LocalStore {
    /// The roots and what they keep.
    ///
    /// # Errors
    /// When the directories of roots or the database cannot be read.
    pub fn find_roots(&self) -> Result<BTreeMap<StorePath, BTreeSet<Root>>> {
        // In this order: a process makes its permanent roots before its temporary ones go away with
        // it, so that what is not found by the one way is found by the other.
        let mut roots = roots::temporary(self)?;
        roots.extend_with(runtime::find(self)?);
        roots.extend_with(roots::permanent(self)?);
        Ok(roots.0)
    }

    /// The valid objects that a collection would keep.
    ///
    /// # Errors
    /// As [`LocalStore::find_roots`].
    pub fn live_paths(&self, options: &GcOptions) -> Result<BTreeSet<StorePath>> {
        self.create()?;
        let mut graph = Graph::read(self, options)?;
        for path in self.find_roots()?.keys() {
            graph.keep(path);
        }
        let mut paths = self.all_valid_paths()?;
        paths.retain(|path| graph.is_kept(path));
        Ok(paths)
    }

    /// Deletes what nothing needs.
    ///
    /// # Errors
    /// [`StoreError::Interrupted`] when it was stopped; when something cannot be read or deleted.
    /// What was deleted until then is so. [`StoreError::StillAlive`], and nothing was deleted, when
    /// something that was asked for is needed.
    pub fn collect_garbage(
        &self,
        options: &GcOptions,
        cancellation: &Cancellation,
        observer: &mut dyn GcObserver,
    ) -> Result<Collected> {
        if options.delete {
            // Before the database is opened, which needs space too.
            reserve::release(self.layout());
            crate::build::clean_leftovers(&self.layout().state_dir.join("builds"));
        }
        self.open_without_reserve()?;
        let lock_path = self.layout().state_dir.join("gc.lock");
        let lock = locks::open_lock_file(&lock_path)?;
        while !locks::try_lock(&lock, &lock_path, FlockOperation::NonBlockingLockExclusive)? {
            if cancellation.is_cancelled() {
                return Err(StoreError::Interrupted);
            }
            thread::sleep(Duration::from_millis(50));
        }

        observer.locked();
        let shared = Shared::default();
        let listener = server::listen(self.layout())?;
        thread::scope(|scope| {
            let serving = scope.spawn(|| server::serve(self, &listener, &shared));
            let result = Collection {
                store: self,
                options,
                cancellation,
                shared: &shared,
                observer,
                collected: Collected::default(),
            }
            .run();
            shared.stop();
            // It only answers; what it could not say to one process does not matter here.
            let _ = serving.join();
            result
        })
    }
}

struct Collection<'a> {
    store: &'a LocalStore,
    options: &'a GcOptions,
    cancellation: &'a Cancellation,
    shared: &'a Shared,
    observer: &'a mut dyn GcObserver,
    collected: Collected,
}

impl Collection<'_> {
    fn run(mut self) -> Result<Collected> {
        // No root can be added now but through the socket.
        let roots = if self.options.ignore_liveness {
            BTreeMap::new()
        } else {
            self.store.find_roots()?
        };
        for (path, kinds) in &roots {
            // What is being made is not valid yet, nor are the files that are named after it.
            if kinds.iter().any(|root| matches!(root, Root::Temporary(_))) {
                self.shared.add_root(path.hash_part());
            }
        }
        self.observer.roots_found();
        let mut graph = Graph::read(self.store, self.options)?;
        for path in roots.keys() {
            graph.keep(path);
        }
        if let Some(only) = &self.options.only {
            graph.keep_all_but(only);
            if let Some(path) = only.iter().find(|path| graph.is_kept_object(path)) {
                return Err(StoreError::StillAlive(self.store.layout().print(path)));
            }
        }
        for path in graph.referrers_first() {
            if self.is_done()? {
                return Ok(self.collected);
            }
            if graph.is_kept(&path) {
                continue;
            }
            // From here on a process that wants it waits until it is gone, and makes it anew.
            let Some(_pending) = self.shared.begin_deleting(path.hash_part()) else {
                graph.keep(&path);
                continue;
            };
            if self.options.delete {
                match self
                    .store
                    .with_database(|database| database.invalidate(&path))
                {
                    // Something was registered that refers to it.
                    Err(StoreError::InUse { .. }) => {
                        graph.keep(&path);
                        continue;
                    }
                    result => result?,
                }
            }
            self.take(path.base_name())?;
        }
        match &self.options.only {
            None => self.take_unregistered()?,
            Some(only) => {
                let left = only.iter().filter(|path| {
                    let real_path = self.store.layout().real_path(path);
                    fs::symlink_metadata(real_path).is_ok()
                });
                for path in left.cloned().collect::<Vec<_>>() {
                    let shared = self.shared;
                    let Some(_pending) = shared.begin_deleting(path.hash_part()) else {
                        return Err(StoreError::StillAlive(self.store.layout().print(&path)));
                    };
                    if !self.store.is_valid(&path)? {
                        self.take(path.base_name())?;
                    }
                }
            }
        }
        if self.options.delete && self.options.only.is_none() {
            self.delete_unused_links()?;
        }
        Ok(self.collected)
    }

    fn is_done(&self) -> Result<bool> {
        if self.cancellation.is_cancelled() {
            return Err(StoreError::Interrupted);
        }
        Ok(self
            .options
            .max_freed
            .is_some_and(|limit| self.collected.bytes >= limit))
    }

    fn take(&mut self, name: &str) -> Result<()> {
        let real_path = self.store.layout().real_store_dir.join(name);
        self.collected.bytes += canonical::disk_usage(&real_path);
        self.collected.names.insert(name.to_owned());
        if self.options.delete {
            self.observer.deleting(name);
            canonical::delete(&real_path)?;
        }
        Ok(())
    }

    /// What processes left that were killed, and no store objects at all.
    fn take_unregistered(&mut self) -> Result<()> {
        let store_dir = self.store.layout().real_store_dir.clone();
        for entry in fs::read_dir(&store_dir).during("read directory", &store_dir)? {
            let entry = entry.during("read directory", &store_dir)?;
            if self.is_done()? {
                return Ok(());
            }
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if name == LINKS || self.collected.names.contains(&name) {
                continue;
            }
            let path = StorePath::from_base_name(&name).ok();
            let _pending = match &path {
                Some(path) => {
                    if self.store.is_valid(path)? {
                        continue;
                    }
                    // Also what is named after an object that is being made, as its lock is.
                    match self.shared.begin_deleting(path.hash_part()) {
                        Some(pending) => Some(pending),
                        None => continue,
                    }
                }
                None if name.starts_with("tmp-") && is_locked(&entry.path()) => continue,
                None => None,
            };
            self.take(&name)?;
        }
        Ok(())
    }

    fn delete_unused_links(&self) -> Result<()> {
        let links = self.store.layout().real_store_dir.join(LINKS);
        let entries = match fs::read_dir(&links) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error).during("read directory", &links),
        };
        for entry in entries {
            let path: PathBuf = entry.during("read directory", &links)?.path();
            if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.nlink() == 1) {
                canonical::delete(&path)?;
            }
        }
        Ok(())
    }
}

/// A temporary directory of Nix's is locked as long as it is in use.
fn is_locked(path: &Path) -> bool {
    let Ok(directory) = fs::File::open(path) else {
        return false;
    };
    !locks::try_lock(&directory, path, FlockOperation::NonBlockingLockExclusive).unwrap_or(false)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
