//! Archives that come in parallel, and objects that are registered many at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use nix_wire::hash::HashingReader;
use nix_wire::nar;
use nix_wire::{HashAlgorithm, StorePath};

use super::ahead::read_ahead;
use super::{Result, SubstitutionObserver};
use crate::PathInfo;
use crate::build::Cancellation;
use crate::canonical::{self, Unpack};
use crate::error::StoreError;
use crate::local::{LocalStore, lock};
use crate::locks::{LockPool, PooledLock};
use crate::store::Store;

/// So many complete objects are registered together.
const BATCH: usize = 64;
/// No more objects than this are complete and not registered: each has a lock file open.
const MOST_UNREGISTERED: usize = 384;
const BUFFER: usize = 64 * 1024;
/// Archives of more bytes take long: they are decoded by a thread of their own, and others who wait
/// for a lock should not have to wait for them as well.
const LARGE: u64 = 1024 * 1024;

/// An object that is to be fetched.
pub(crate) struct Fetch<'a> {
    pub(crate) path: &'a StorePath,
    /// Who has it, with what is said of it; tried in this order.
    pub(crate) offers: Vec<(&'a dyn Store, &'a PathInfo)>,
}

/// An object that could not be had.
pub(crate) struct Failed {
    pub(crate) path: StorePath,
    /// Why; nothing when only something that it refers to could not be had.
    pub(crate) error: Option<StoreError>,
}

/// What has become of an object.
enum State {
    Waiting,
    /// Unpacked and checked, still locked.
    Complete(Box<PathInfo>, PooledLock),
    Valid,
    Failed(Option<StoreError>),
}

struct Progress {
    states: Vec<State>,
    next: usize,
    /// How many are complete but not registered.
    unregistered: usize,
    /// Of the store, which ends it all.
    error: Option<StoreError>,
}

struct Work<'a> {
    store: &'a LocalStore,
    items: &'a [Fetch<'a>],
    by_path: BTreeMap<&'a StorePath, usize>,
    cancellation: &'a Cancellation,
    observer: &'a dyn SubstitutionObserver,
    locks: LockPool,
    progress: Mutex<Progress>,
    changed: Condvar,
}

/// Fetches objects, each of which comes after those that it refers to. Gives those that could not
/// be had, of which nothing is left.
pub(crate) fn fetch(
    store: &LocalStore,
    items: &[Fetch<'_>],
    threads: usize,
    cancellation: &Cancellation,
    observer: &dyn SubstitutionObserver,
) -> Result<Vec<Failed>> {
    store.create()?;
    store.add_temporary_roots(items.iter().map(|item| item.path))?;
    let work = Work {
        store,
        items,
        by_path: items
            .iter()
            .enumerate()
            .map(|(index, item)| (item.path, index))
            .collect(),
        cancellation,
        observer,
        locks: LockPool::default(),
        progress: Mutex::new(Progress {
            states: items.iter().map(|_| State::Waiting).collect(),
            next: 0,
            unregistered: 0,
            error: None,
        }),
        changed: Condvar::new(),
    };
    thread::scope(|scope| {
        // This thread is one of them.
        for _ in 1..threads.clamp(1, items.len().max(1)) {
            // A limit of processes only makes it slower.
            let started = thread::Builder::new().spawn_scoped(scope, || work.run());
            if started.is_err() {
                break;
            }
        }
        work.run();
    });
    let mut progress = lock(&work.progress);
    if progress.error.is_none() {
        work.register(&mut progress);
    }
    work.discard(&mut progress);
    work.locks.close();
    if let Some(error) = progress.error.take() {
        return Err(error);
    }
    if cancellation.is_cancelled() {
        return Err(StoreError::Interrupted);
    }
    let states = std::mem::take(&mut progress.states);
    Ok(items
        .iter()
        .zip(states)
        .filter_map(|(item, state)| match state {
            State::Failed(error) => Some(Failed {
                path: item.path.clone(),
                error,
            }),
            _ => None,
        })
        .collect())
}

impl Work<'_> {
    fn run(&self) {
        loop {
            let mut progress = lock(&self.progress);
            while progress.unregistered >= MOST_UNREGISTERED && progress.error.is_none() {
                self.register(&mut progress);
                if progress.unregistered < MOST_UNREGISTERED {
                    break;
                }
                // What they wait for is being fetched by another thread.
                progress = self
                    .changed
                    .wait(progress)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            let index = progress.next;
            if progress.error.is_some()
                || self.cancellation.is_cancelled()
                || index >= self.items.len()
            {
                return;
            }
            progress.next += 1;
            let hopeless = self.needs_failed(&progress, index);
            drop(progress);

            let state = if hopeless {
                Ok(State::Failed(None))
            } else {
                self.fetch_one(&self.items[index])
            };

            let mut progress = lock(&self.progress);
            match state {
                Ok(state) => {
                    if matches!(state, State::Complete(..)) {
                        progress.unregistered += 1;
                    }
                    progress.states[index] = state;
                    if progress.unregistered >= BATCH {
                        self.register(&mut progress);
                    }
                }
                Err(error) => {
                    progress.error.get_or_insert(error);
                }
            }
            self.changed.notify_all();
        }
    }

    /// Whether something that every offer refers to could not be had.
    fn needs_failed(&self, progress: &Progress, index: usize) -> bool {
        let item = &self.items[index];
        item.offers.iter().all(|(_, info)| {
            info.references.iter().any(|reference| {
                reference != item.path
                    && self
                        .by_path
                        .get(reference)
                        .is_some_and(|other| matches!(progress.states[*other], State::Failed(_)))
            })
        })
    }

    /// Tries the offers in turn. An error is one of this store; all others end in a state.
    fn fetch_one(&self, item: &Fetch<'_>) -> Result<State> {
        let real_path = self.store.layout().real_path(item.path);
        let lock = self.lock(item, &real_path)?;
        if self.store.is_valid(item.path)? {
            self.locks.give_back(lock);
            return Ok(State::Valid);
        }
        let mut last = None;
        for (from, info) in &item.offers {
            canonical::delete(&real_path)?;
            self.observer.copying(item.path, &from.uri(), info.nar_size);
            match unpack_to(self.store, *from, info, &real_path) {
                Ok(()) => {
                    self.observer.copied(item.path, info.nar_size);
                    let info = Box::new((*info).clone());
                    return Ok(State::Complete(info, lock));
                }
                Err(error) => {
                    canonical::delete(&real_path)?;
                    if self.cancellation.is_cancelled() {
                        return Err(StoreError::Interrupted);
                    }
                    if is_local(&error) {
                        return Err(error);
                    }
                    self.observer.warning(&error.to_string());
                    last = Some(error);
                }
            }
        }
        Ok(State::Failed(last))
    }

    fn lock(&self, item: &Fetch<'_>, real_path: &Path) -> Result<PooledLock> {
        let is_large = item.offers.iter().any(|(_, info)| info.nar_size > LARGE);
        if !is_large
            && !self.store.is_expected(item.path)
            && let Some(lock) = self.locks.take(real_path)
        {
            return Ok(lock);
        }
        let mut told = false;
        let locks = self.store.lock_object(item.path, &mut |path| {
            if !std::mem::replace(&mut told, true) {
                self.observer.waiting(path);
            }
            // Whoever has the lock may wait for one of ours.
            self.locks.close();
            self.register(&mut lock(&self.progress));
            !self.cancellation.is_cancelled()
        })?;
        Ok(locks.into())
    }

    /// Registers what is complete and refers to nothing that is not.
    fn register(&self, progress: &mut MutexGuard<'_, Progress>) {
        if progress.error.is_some() || progress.unregistered == 0 {
            return;
        }
        let mut batch: Vec<PathInfo> = Vec::new();
        let mut indices = BTreeSet::new();
        for index in 0..progress.next.min(self.items.len()) {
            let State::Complete(info, _) = &progress.states[index] else {
                continue;
            };
            let lost = info.references.iter().any(|reference| {
                self.by_path
                    .get(reference)
                    .is_some_and(|other| matches!(progress.states[*other], State::Failed(_)))
            });
            if lost {
                self.discard_one(progress, index);
                continue;
            }
            let ready = info.references.iter().all(|reference| {
                *reference == info.path
                    || self.by_path.get(reference).is_none_or(|other| {
                        matches!(progress.states[*other], State::Valid) || indices.contains(other)
                    })
            });
            if ready {
                batch.push((**info).clone());
                indices.insert(index);
            }
        }
        if batch.is_empty() {
            return;
        }
        match self.store.register(&batch) {
            Ok(()) => {
                progress.unregistered -= batch.len();
                for index in indices {
                    let state = std::mem::replace(&mut progress.states[index], State::Valid);
                    if let State::Complete(_, lock) = state {
                        self.locks.give_back(lock);
                    }
                }
                for info in &batch {
                    if let Err(error) = self.store.optimise_if_wanted(&info.path) {
                        progress.error.get_or_insert(error);
                    }
                }
            }
            Err(error) => {
                progress.error.get_or_insert(error);
            }
        }
        self.changed.notify_all();
    }

    /// Deletes what is complete but cannot be registered.
    fn discard(&self, progress: &mut MutexGuard<'_, Progress>) {
        for index in 0..self.items.len() {
            if matches!(progress.states[index], State::Complete(..)) {
                self.discard_one(progress, index);
            }
        }
    }

    fn discard_one(&self, progress: &mut MutexGuard<'_, Progress>, index: usize) {
        let real_path = self.store.layout().real_path(self.items[index].path);
        if let Err(error) = canonical::delete(&real_path) {
            progress.error.get_or_insert(error);
        }
        progress.states[index] = State::Failed(None);
        progress.unregistered -= 1;
    }
}

/// Unpacks the archive of an object at a path where nothing is, and checks it.
pub(super) fn unpack_to(
    store: &LocalStore,
    from: &dyn Store,
    info: &PathInfo,
    to: &Path,
) -> Result<()> {
    let unpack = |source: &mut dyn Read| {
        let mut source = HashingReader::new(HashAlgorithm::Sha256, source);
        // One byte more than there may be, so that more is noticed.
        let mut limited = (&mut source).take(info.nar_size.saturating_add(1));
        let unpacked = nar::read(&mut limited, &mut Unpack::at(to));
        // An archive that goes on is too long rather than cut short.
        let too_long = limited.limit() == 0;
        match unpacked {
            Err(error @ nar::NarError::File { .. }) => return Err(error.into()),
            Err(error) if !too_long => {
                return Err(StoreError::Archive {
                    path: store.layout().print(&info.path),
                    from: from.uri(),
                    error,
                });
            }
            _ => {}
        }
        let (hash, size, rest) = source.finish();
        store.check_archive(info, to, hash, size)?;
        // A connection carries the next request once this answer was read to its end. What is
        // behind the archive is no part of the object, nor is a failure there.
        let _ = rest.read(&mut [0]);
        Ok(())
    };
    match from.open_archive(info)? {
        Some(archive) if info.nar_size > LARGE => read_ahead(archive, |source| unpack(source)),
        Some(archive) => unpack(&mut BufReader::with_capacity(BUFFER, archive)),
        None => crate::store::piped(
            |sink| from.export_archive(&info.path, sink),
            |source| unpack(source),
        ),
    }
}

/// Whether it is this machine that failed (a full disk, say): no other store would do better.
pub(super) fn is_local(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Io { .. }
            | StoreError::Database { .. }
            | StoreError::Interrupted
            | StoreError::Nar(nar::NarError::File { .. })
    )
}
