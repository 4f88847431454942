//! A store on the local file system.

mod add;
mod derivations;
mod durability;
mod export;
mod import;
mod registration;
mod resolve;
mod roots;
mod temporary_roots;

pub use add::{Dump, ReadTree, Text};
pub use registration::{RegistrationSource, registration_text};
pub use resolve::{object_at, references_first};
pub(crate) use roots::make_root_link;
pub use roots::replace_link;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix_wire::{StoreDir, StorePath};

use crate::database::Database;
use crate::error::{During, StoreError};
use crate::layout::Layout;
use crate::locks::PathLocks;
use crate::signature::{SecretKey, Trust};
use nix_wire::PathInfo;
use temporary_roots::TemporaryRoots;

/// A store of which the caller owns the files. Opened when it is first used; may be shared by
/// threads.
#[derive(Debug)]
pub struct LocalStore {
    layout: Layout,
    database: Mutex<Option<Database>>,
    temporary_roots: Mutex<TemporaryRoots>,
    optimise_new: AtomicBool,
    durability: durability::Durability,
    read_only: AtomicBool,
    trust: Mutex<Arc<Trust>>,
    secret_keys: Mutex<Arc<[SecretKey]>>,
    /// Has derivations that are built here without being here.
    lender: Mutex<Option<Arc<dyn crate::store::Store>>>,
    /// Objects that builds of this process have locked and another machine is to bring.
    expected: Mutex<BTreeSet<StorePath>>,
    /// The hashes of valid derivations that others use, as far as they were computed.
    moduli: Mutex<derivations::Moduli>,
}

/// Objects that are expected: while this lives, who brings one needs no lock on it.
pub(crate) struct Expected<'a> {
    store: &'a LocalStore,
    paths: BTreeSet<StorePath>,
}

impl Drop for Expected<'_> {
    fn drop(&mut self) {
        lock(&self.store.expected).retain(|path| !self.paths.contains(path));
    }
}

type Result<T, E = StoreError> = std::result::Result<T, E>;

impl LocalStore {
    /// The store in these directories. Nothing is read or made yet.
    #[must_use]
    pub fn new(layout: Layout) -> LocalStore {
        LocalStore {
            temporary_roots: Mutex::new(TemporaryRoots::new(&layout)),
            layout,
            database: Mutex::new(None),
            optimise_new: AtomicBool::new(false),
            durability: durability::Durability::default(),
            read_only: AtomicBool::new(false),
            trust: Mutex::default(),
            secret_keys: Mutex::new(Arc::new([])),
            lender: Mutex::new(None),
            expected: Mutex::default(),
            moduli: Mutex::default(),
        }
    }

    /// The same store with the same settings, opened once more: what is kept from garbage
    /// collection for the one is not kept for the other.
    pub(crate) fn opened_again(&self) -> LocalStore {
        let again = LocalStore::new(self.layout.clone());
        again.set_trust((*self.trust()).clone());
        again.set_secret_keys(self.secret_keys().to_vec());
        again.set_optimise_new(self.optimise_new.load(Ordering::Relaxed));
        again.set_durability(self.durability.paths(), self.durability.metadata());
        if self.is_read_only() {
            again.set_read_only();
        }
        again
    }

    /// Sets the store that has derivations which are built here without being here. What they use
    /// of it is copied when it is needed.
    pub fn set_lender(&self, store: Arc<dyn crate::store::Store>) {
        *lock(&self.lender) = Some(store);
    }

    /// The store that has derivations which are built here.
    pub(crate) fn lender(&self) -> Option<Arc<dyn crate::store::Store>> {
        lock(&self.lender).clone()
    }

    /// Says that objects which the caller has locked are to be brought by others.
    pub(crate) fn expect(&self, paths: BTreeSet<StorePath>) -> Expected<'_> {
        lock(&self.expected).extend(paths.iter().cloned());
        Expected { store: self, paths }
    }

    /// Locks an object that is to be added, unless it is expected. `wait` is as for
    /// [`PathLocks::acquire`].
    pub(crate) fn lock_object(
        &self,
        path: &StorePath,
        wait: &mut dyn FnMut(&Path) -> bool,
    ) -> Result<PathLocks> {
        if self.is_expected(path) {
            return Ok(PathLocks::default());
        }
        self.lock_paths([self.layout.real_path(path)], wait)
    }

    /// Locks places of the store that are to be written. `wait` is as for [`PathLocks::acquire`].
    pub(crate) fn lock_paths(
        &self,
        paths: impl IntoIterator<Item = PathBuf>,
        wait: &mut dyn FnMut(&Path) -> bool,
    ) -> Result<PathLocks> {
        self.refuse_if_read_only()?;
        PathLocks::acquire(paths, wait)
    }

    /// Whether a build of this process has locked an object that others are to bring.
    pub(crate) fn is_expected(&self, path: &StorePath) -> bool {
        lock(&self.expected).contains(path)
    }

    /// Whom the store trusts to vouch for what is brought to it; nobody until this is called.
    pub fn set_trust(&self, trust: Trust) {
        *lock(&self.trust) = Arc::new(trust);
    }

    /// Whom the store trusts to vouch for what is brought to it.
    #[must_use]
    pub fn trust(&self) -> Arc<Trust> {
        Arc::clone(&lock(&self.trust))
    }

    /// Refuses an object that nobody who is trusted vouches for.
    pub(crate) fn require_trust(&self, info: &PathInfo) -> Result<()> {
        if self.trust().accepts(self.store_dir(), info) {
            return Ok(());
        }
        Err(StoreError::NotVouchedFor(self.layout.print(&info.path)))
    }

    /// The keys with which what is built from now on is signed.
    pub fn set_secret_keys(&self, keys: Vec<SecretKey>) {
        *lock(&self.secret_keys) = keys.into();
    }

    /// The keys with which what is built is signed.
    pub(crate) fn secret_keys(&self) -> Arc<[SecretKey]> {
        Arc::clone(&lock(&self.secret_keys))
    }

    /// Signs an object that was built here, if that is wanted.
    pub(crate) fn sign_if_wanted(&self, info: &mut PathInfo) {
        for key in self.secret_keys().iter() {
            key.sign_info(self.store_dir(), info);
        }
    }

    /// Whether the files of what is added from now on become hard links to equal ones.
    pub fn set_optimise_new(&self, optimise: bool) {
        self.optimise_new.store(optimise, Ordering::Relaxed);
    }

    /// Links the files of an object that was just added, if that is wanted.
    pub(crate) fn optimise_if_wanted(&self, path: &StorePath) -> Result<()> {
        if self.optimise_new.load(Ordering::Relaxed) {
            self.optimise_path(path, &mut crate::optimise::Optimised::default())?;
        }
        Ok(())
    }

    /// Has nothing be written from now on, not even to keep objects from garbage collection, so
    /// that the store may lie where nothing can be. Must be said before the store is used. What is
    /// read is wrong when another process writes meanwhile.
    pub fn set_read_only(&self) {
        self.read_only.store(true, Ordering::Relaxed);
    }

    /// Whether nothing may be written.
    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only.load(Ordering::Relaxed)
    }

    /// Fails if nothing may be written, with what writing would fail with.
    pub(crate) fn refuse_if_read_only(&self) -> Result<()> {
        if !self.is_read_only() {
            return Ok(());
        }
        let directory = &self.layout.real_store_dir;
        rustix::fs::access(directory, rustix::fs::Access::WRITE_OK)
            .map_err(std::io::Error::from)
            .during("write to", directory)?;
        Err(StoreError::ReadOnly(directory.clone()))
    }

    /// Where it lies.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What its paths begin with.
    #[must_use]
    pub fn store_dir(&self) -> &StoreDir {
        &self.layout.store_dir
    }

    /// Makes the store's directories and database unless they are there.
    ///
    /// # Errors
    /// When they cannot be made, or were made by a newer Nix.
    pub fn create(&self) -> Result<()> {
        self.with_database(|_| Ok(()))
    }

    /// Whether the object is registered.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn is_valid(&self, path: &StorePath) -> Result<bool> {
        self.with_database(|database| database.is_valid(path))
    }

    /// Those of the paths that are registered.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn valid_among<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a StorePath>,
    ) -> Result<BTreeSet<StorePath>> {
        self.with_database(|database| database.valid_among(paths))
    }

    /// What is registered of an object; `None` when it is not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn path_info(&self, path: &StorePath) -> Result<Option<PathInfo>> {
        self.with_database(|database| database.path_info(path))
    }

    /// What is registered of an object that has to be.
    ///
    /// # Errors
    /// [`StoreError::InvalidPath`] when it is not.
    pub fn require(&self, path: &StorePath) -> Result<PathInfo> {
        self.path_info(path)?
            .ok_or_else(|| StoreError::InvalidPath(self.layout.print(path)))
    }

    /// These objects and all that they refer to, directly or not.
    ///
    /// # Errors
    /// When one of them is not valid.
    pub fn closure<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a StorePath>,
    ) -> Result<BTreeSet<StorePath>> {
        self.with_database(|database| database.closure(paths))
    }

    /// The valid objects that refer to this one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn referrers(&self, path: &StorePath) -> Result<BTreeSet<StorePath>> {
        self.with_database(|database| database.referrers(path))
    }

    /// The valid derivations of which this is an output.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn valid_derivers(&self, path: &StorePath) -> Result<BTreeSet<StorePath>> {
        self.with_database(|database| database.valid_derivers(path))
    }

    /// The outputs of a valid derivation whose paths are known, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn derivation_outputs(
        &self,
        derivation: &StorePath,
    ) -> Result<BTreeMap<String, StorePath>> {
        self.with_database(|database| database.derivation_outputs(derivation))
    }

    /// All valid objects.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn all_valid_paths(&self) -> Result<BTreeSet<StorePath>> {
        self.with_database(Database::all_valid_paths)
    }

    /// The valid object with this hash part.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn path_from_hash_part(&self, hash_part: &str) -> Result<Option<StorePath>> {
        self.with_database(|database| database.path_from_hash_part(hash_part))
    }

    pub(crate) fn with_database<T>(&self, work: impl FnOnce(&Database) -> Result<T>) -> Result<T> {
        let mut database = lock(&self.database);
        match &*database {
            Some(database) => work(database),
            None if self.is_read_only() => {
                work(database.insert(Database::open_read_only(&self.layout)?))
            }
            None => {
                let database = database.insert(self.open_database()?);
                crate::gc::reserve::make(&self.layout);
                work(database)
            }
        }
    }

    /// Opens the database without keeping space free for collecting garbage, which is about to begin.
    pub(crate) fn open_without_reserve(&self) -> Result<()> {
        let mut database = lock(&self.database);
        if database.is_none() {
            *database = Some(self.open_database()?);
        }
        Ok(())
    }
}

/// A thread that panicked while it had the lock left nothing half done: changes are transactions.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

#[cfg(test)]
#[path = "transfer_tests.rs"]
mod transfer_tests;
