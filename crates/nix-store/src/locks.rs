//! Locks that other programs on the store respect: `flock` on files, as Nix takes them.
//!
//! Some file systems have no such locks, and some containers refuse the call. Then a lock on the
//! record of the file serves, and where there is none either, nothing is locked:
//! [`are_missing`] lets the caller say so.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::fs::{CWD, FlockOperation, RenameFlags, fcntl_lock, flock, renameat_with};
use rustix::io::Errno;

use crate::error::{During, StoreError};

/// How long to wait before a lock that is taken is tried again.
const RETRY: Duration = Duration::from_millis(20);

/// Opens a lock file, which is made when it is not there.
pub(crate) fn open_lock_file(path: &Path) -> Result<File, StoreError> {
    fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .during("open lock file", path)
}

/// Returns whether an open file is still the one at this path: another process may have deleted it, and
/// made a new one, before it was locked here.
pub(crate) fn is_at(file: &File, path: &Path) -> Result<bool, StoreError> {
    let open = file.metadata().during("examine", path)?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (open.dev(), open.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).during("examine", path),
    }
}

/// Whether something had to go without a lock.
static MISSING: AtomicBool = AtomicBool::new(false);

/// Returns whether this process had to go without a lock, since neither the file system nor the kernel
/// gave one. Two processes may then be in each other's way.
#[must_use]
pub fn are_missing() -> bool {
    MISSING.load(Ordering::Relaxed)
}

/// Takes, waits for or gives up a lock.
pub(crate) fn lock(file: &File, path: &Path, operation: FlockOperation) -> Result<(), StoreError> {
    match repeated(|| flock(file, operation)) {
        Err(error) if is_unsupported(error) => {}
        result => return result.during("lock", path),
    }
    match repeated(|| fcntl_lock(file, operation)) {
        Err(error) if is_unsupported(error) => {
            MISSING.store(true, Ordering::Relaxed);
            Ok(())
        }
        // One of two words for a lock that another process has.
        Err(Errno::ACCESS) => Err(Errno::AGAIN).during("lock", path),
        result => result.during("lock", path),
    }
}

/// Repeats a call that a signal interrupted.
fn repeated(mut call: impl FnMut() -> Result<(), Errno>) -> Result<(), Errno> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            result => return result,
        }
    }
}

/// Returns whether an error means that there are no such locks, rather than that one was not given.
fn is_unsupported(error: Errno) -> bool {
    [
        Errno::NOSYS,
        Errno::NOTSUP,
        Errno::NOLCK,
        Errno::INVAL,
        Errno::PERM,
    ]
    .contains(&error)
}

/// Returns whether records of a file can be locked, as SQLite does.
pub(crate) fn has_record_locks(file: &File) -> bool {
    let ask = |operation| repeated(|| fcntl_lock(file, operation));
    let taken = ask(FlockOperation::NonBlockingLockShared);
    if taken.is_ok() {
        let _ = ask(FlockOperation::Unlock);
    }
    !taken.is_err_and(is_unsupported)
}

/// Takes a lock if it can be had at once.
pub(crate) fn try_lock(
    file: &File,
    path: &Path,
    operation: FlockOperation,
) -> Result<bool, StoreError> {
    match lock(file, path, operation) {
        Ok(()) => Ok(true),
        Err(StoreError::Io { error, .. }) if error.kind() == std::io::ErrorKind::WouldBlock => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// An exclusive lock on a file of its own, given up when this is dropped. The file stays.
#[derive(Debug)]
pub struct Lock(File);

impl Lock {
    /// Waits for the lock on this file, which is made when it is not there.
    ///
    /// # Errors
    /// When the file cannot be made or locked.
    pub fn wait(path: &Path) -> Result<Lock, StoreError> {
        let file = open_lock_file(path)?;
        lock(&file, path, FlockOperation::LockExclusive)?;
        Ok(Lock(file))
    }

    /// Takes the lock on this file if nobody has it.
    ///
    /// # Errors
    /// When the file cannot be made or locked.
    pub fn try_take(path: &Path) -> Result<Option<Lock>, StoreError> {
        let file = open_lock_file(path)?;
        let taken = try_lock(&file, path, FlockOperation::NonBlockingLockExclusive)?;
        Ok(taken.then_some(Lock(file)))
    }

    /// The file that is locked.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.0
    }
}

/// Exclusive locks on paths, each by a file beside it that ends in `.lock`. They are given up, and
/// the files deleted, when this is dropped.
///
/// Each path has a lock file of its own. One file under many names would be faster, but when a
/// process is killed that has it locked, whoever then locks one of the paths marks the file as
/// stale, and Nix goes on trying for ever to lock the others by it.
#[derive(Debug, Default)]
pub struct PathLocks {
    names: Vec<PathBuf>,
    files: Vec<File>,
}

impl PathLocks {
    /// Locks the paths, in one order for everybody. While another holds one, `wait` is asked with
    /// that path, again and again, whether to go on waiting.
    ///
    /// # Errors
    /// [`StoreError::Interrupted`] when `wait` said no; when a lock file cannot be made.
    pub fn acquire(
        paths: impl IntoIterator<Item = PathBuf>,
        wait: &mut dyn FnMut(&Path) -> bool,
    ) -> Result<PathLocks, StoreError> {
        let mut paths: Vec<PathBuf> = paths.into_iter().collect();
        paths.sort();
        paths.dedup();
        let mut held = PathLocks::default();
        for path in paths {
            let name = lock_name(&path);
            held.files.push(acquire(&path, &name, wait)?);
            held.names.push(name);
        }
        Ok(held)
    }
}

fn acquire(
    path: &Path,
    lock_path: &Path,
    wait: &mut dyn FnMut(&Path) -> bool,
) -> Result<File, StoreError> {
    loop {
        let file = open_lock_file(lock_path)?;
        while !try_lock(&file, lock_path, FlockOperation::NonBlockingLockExclusive)? {
            if !wait(path) {
                return Err(StoreError::Interrupted);
            }
            thread::sleep(RETRY);
        }
        // Whoever had the lock may have deleted the file, which then has something in it; another
        // process could by now have locked a new one of that name.
        if file
            .metadata()
            .during("examine lock file", lock_path)?
            .len()
            == 0
        {
            return Ok(file);
        }
    }
}

/// Locks that are taken and given up one after the other by the thousand. A lock file that is no
/// longer needed for one path is given the name of the next: file systems look for the room of a
/// new file longer the more were deleted shortly before.
///
/// Who waits for the lock on a path goes on waiting while its file has another name. So that this
/// is not long, a file is used only so often, and no longer once this process waits for somebody
/// itself.
#[derive(Debug, Default)]
pub(crate) struct LockPool {
    free: Mutex<Free>,
}

#[derive(Debug, Default)]
struct Free {
    locks: Vec<PooledLock>,
    closed: bool,
}

/// A lock on one path, out of a [`LockPool`].
#[derive(Debug)]
pub(crate) struct PooledLock {
    locks: PathLocks,
    uses: u32,
}

impl PooledLock {
    const MOST_USES: u32 = 32;

    /// Gives the lock file, which is locked, another name, unless somebody has a file of that name.
    fn rename(&mut self, path: &Path) -> bool {
        let ([name], [file]) = (&mut self.locks.names[..], &self.locks.files[..]) else {
            return false;
        };
        // Where somebody deleted it, there may be another one.
        let is_there = file
            .metadata()
            .is_ok_and(|metadata| metadata.nlink() == 1 && metadata.len() == 0);
        let next = lock_name(path);
        let renamed =
            is_there && renameat_with(CWD, &*name, CWD, &next, RenameFlags::NOREPLACE).is_ok();
        if renamed {
            *name = next;
            self.uses += 1;
        }
        renamed
    }
}

impl From<PathLocks> for PooledLock {
    fn from(locks: PathLocks) -> PooledLock {
        PooledLock { locks, uses: 1 }
    }
}

impl LockPool {
    /// Locks a path with a file that is free.
    pub(crate) fn take(&self, path: &Path) -> Option<PooledLock> {
        let mut lock = self.free().locks.pop()?;
        lock.rename(path).then_some(lock)
    }

    /// Locks the paths, in one order for everybody. `wait` is as for [`PathLocks::acquire`].
    ///
    /// # Errors
    /// As [`PathLocks::acquire`].
    pub(crate) fn acquire(
        &self,
        paths: impl IntoIterator<Item = PathBuf>,
        wait: &mut dyn FnMut(&Path) -> bool,
    ) -> Result<Vec<PooledLock>, StoreError> {
        let mut paths: Vec<PathBuf> = paths.into_iter().collect();
        paths.sort();
        paths.dedup();
        let lock = |path: PathBuf| match self.take(&path) {
            Some(lock) => Ok(lock),
            None => {
                let locks = PathLocks::acquire([path], &mut |path| {
                    self.close();
                    wait(path)
                })?;
                Ok(locks.into())
            }
        };
        paths.into_iter().map(lock).collect()
    }

    /// Gives up a lock. Its file stays until it is used again or the pool is closed.
    pub(crate) fn give_back(&self, lock: PooledLock) {
        let mut free = self.free();
        if !free.closed && lock.uses < PooledLock::MOST_USES {
            free.locks.push(lock);
        }
    }

    /// Deletes all files that are free; from now on none is used again.
    pub(crate) fn close(&self) {
        let mut free = self.free();
        free.closed = true;
        free.locks.clear();
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Free> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lock_name(path: &Path) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(".lock");
    name.into()
}

impl Drop for PathLocks {
    fn drop(&mut self) {
        // A lock file that stays is only untidy.
        for name in &self.names {
            let _ = fs::remove_file(name);
        }
        for file in &mut self.files {
            let _ = file.write_all(b"d");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_locked_once_and_no_file_stays() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("x");
        let first = PathLocks::acquire([path.clone()], &mut |_| false).expect("a lock");
        let mut waited = 0;
        let second = PathLocks::acquire([path.clone()], &mut |waiting| {
            assert_eq!(waiting, path);
            waited += 1;
            waited < 3
        });
        assert!(matches!(second, Err(StoreError::Interrupted)));
        assert_eq!(waited, 3);
        drop(first);
        assert_eq!(
            fs::read_dir(directory.path()).expect("a directory").count(),
            0
        );
        PathLocks::acquire([path], &mut |_| false).expect("a lock");
    }

    #[test]
    fn each_of_many_paths_is_locked() {
        let directory = tempfile::tempdir().expect("a directory");
        let paths: Vec<PathBuf> = (0..20)
            .map(|number| directory.path().join(number.to_string()))
            .collect();
        let held = PathLocks::acquire([paths[7].clone()], &mut |_| false).expect("a lock");
        let mut held = Some(held);
        let all = PathLocks::acquire(paths.clone(), &mut |path| {
            assert_eq!(path, paths[7]);
            held = None;
            true
        });
        let all = all.expect("locks");
        for path in &paths {
            assert!(PathLocks::acquire([path.clone()], &mut |_| false).is_err());
        }
        drop(all);
        assert_eq!(
            fs::read_dir(directory.path()).expect("a directory").count(),
            0
        );
        PathLocks::acquire(paths, &mut |_| false).expect("locks");
    }

    #[test]
    fn a_lock_file_that_was_deleted_meanwhile_is_not_taken_for_the_lock() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("x");
        let lock_path = directory.path().join("x.lock");
        let first = PathLocks::acquire([path.clone()], &mut |_| false).expect("a lock");
        let mut first = Some(first);
        let second = PathLocks::acquire([path.clone()], &mut |_| {
            first = None;
            true
        });
        assert!(second.is_ok());
        assert!(
            lock_path.exists(),
            "the lock that is held is the one that others see"
        );
        assert!(PathLocks::acquire([path], &mut |_| false).is_err());
    }

    #[test]
    fn a_pool_gives_a_lock_file_the_name_of_the_next_path() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = |name: &str| directory.path().join(name);
        let names = || {
            let mut names: Vec<_> = fs::read_dir(directory.path())
                .expect("a directory")
                .map(|entry| entry.expect("an entry").file_name())
                .collect();
            names.sort();
            names
        };
        let is_locked = |name: &str| {
            let lock = Lock::try_take(&lock_name(&path(name))).expect("an answer");
            lock.is_none()
        };
        let pool = LockPool::default();
        assert!(pool.take(&path("x")).is_none());
        let first = PathLocks::acquire([path("x")], &mut |_| false).expect("a lock");
        pool.give_back(first.into());
        assert!(is_locked("x"));

        let second = pool.take(&path("y")).expect("a lock");
        assert_eq!(names(), ["y.lock"]);
        assert!(is_locked("y"));
        pool.give_back(second);

        // Somebody else's file is left alone.
        let other = PathLocks::acquire([path("z")], &mut |_| false).expect("a lock");
        assert!(pool.take(&path("z")).is_none());
        assert_eq!(names(), ["z.lock"]);
        pool.give_back(other.into());

        // Whoever opened the file by its first name sees that it is stale.
        let waiting = open_lock_file(&lock_name(&path("z"))).expect("a file");
        pool.close();
        assert_eq!(names(), [""; 0]);
        assert_eq!(waiting.metadata().expect("metadata").len(), 1);
        let late = PathLocks::acquire([path("a")], &mut |_| false).expect("a lock");
        pool.give_back(late.into());
        assert_eq!(names(), [""; 0]);
    }

    #[test]
    fn a_file_of_a_pool_is_used_only_so_often() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = |number: u32| directory.path().join(number.to_string());
        let pool = LockPool::default();
        let first = PathLocks::acquire([path(0)], &mut |_| false).expect("a lock");
        pool.give_back(first.into());
        let mut uses = 1;
        while let Some(lock) = pool.take(&path(uses)) {
            uses += 1;
            pool.give_back(lock);
        }
        assert_eq!(uses, PooledLock::MOST_USES);
    }

    #[test]
    fn many_paths_that_a_dead_process_had_locked_can_be_locked_again() {
        let directory = tempfile::tempdir().expect("a directory");
        let paths = ["x", "y", "z"].map(|name| directory.path().join(name));
        let dead = PathLocks::acquire(paths.clone(), &mut |_| false).expect("locks");
        let inodes: std::collections::BTreeSet<u64> = paths
            .iter()
            .map(|path| fs::metadata(lock_name(path)).expect("a lock file").ino())
            .collect();
        assert_eq!(inodes.len(), paths.len());
        // What a process that is killed leaves: the files, empty, without the locks.
        for file in &dead.files {
            flock(file, FlockOperation::Unlock).expect("unlocked");
        }
        std::mem::forget(dead);
        let again = PathLocks::acquire(paths.clone(), &mut |_| false).expect("locks");
        drop(again);
        let pool = LockPool::default();
        let locks = pool.acquire(paths.clone(), &mut |_| false).expect("locks");
        assert_eq!(locks.len(), paths.len());
    }
}
