//! Locks that other programs on the store respect: `flock` on files, as Nix takes them.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
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

/// Takes, waits for or gives up a lock.
pub(crate) fn lock(file: &File, path: &Path, operation: FlockOperation) -> Result<(), StoreError> {
    loop {
        match flock(file, operation) {
            Err(Errno::INTR) => {}
            result => return result.during("lock", path),
        }
    }
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

/// Exclusive locks on paths, each by a file beside it that ends in `.lock`. They are given up, and
/// the files deleted, when this is dropped.
#[derive(Debug, Default)]
pub struct PathLocks {
    locks: Vec<(PathBuf, File)>,
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
            let mut lock_path = path.clone().into_os_string();
            lock_path.push(".lock");
            let lock_path = PathBuf::from(lock_path);
            let file = acquire(&path, &lock_path, wait)?;
            held.locks.push((lock_path, file));
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
        if file.metadata().during("examine lock file", lock_path)?.len() == 0 {
            return Ok(file);
        }
    }
}

impl Drop for PathLocks {
    fn drop(&mut self) {
        for (path, mut file) in self.locks.drain(..) {
            // A lock file that stays is only untidy.
            let _ = fs::remove_file(path);
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
        assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), 0);
        PathLocks::acquire([path], &mut |_| false).expect("a lock");
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
        assert!(lock_path.exists(), "the lock that is held is the one that others see");
        assert!(PathLocks::acquire([path], &mut |_| false).is_err());
    }
}
