//! Locks that other programs on the store respect: `flock` on files, as Nix takes them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
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

/// Whether an open file is still the one at this path: another process may have deleted it, and
/// made a new one, before it was locked here.
pub(crate) fn is_at(file: &File, path: &Path) -> Result<bool, StoreError> {
    let open = file.metadata().during("examine", path)?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (open.dev(), open.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).during("examine", path),
    }
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
/// The lock files of paths that nobody else has locked are one file under many names, so that many
/// paths can be locked quickly.
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
            let mut name = path.clone().into_os_string();
            name.push(".lock");
            let name = PathBuf::from(name);
            let linked = held
                .names
                .first()
                .is_some_and(|first| fs::hard_link(first, &name).is_ok());
            if !linked {
                held.files.push(acquire(&path, &name, wait)?);
            }
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
}
