//! The directory of a builder.
//!
//! Its name cannot be foreseen, and nobody else may write in a directory above it: else another user
//! could put a directory of theirs in its place. A file beside it is locked while its build goes on;
//! so what killed builds left is known, and deleted.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::FlockOperation;

use super::users::BuildUser;
use super::{BuildError, BuildOptions};
use crate::error::{During, StoreError};
use crate::local::LocalStore;
use crate::{canonical, locks, modes};

const PREFIX: &str = "nix-";
const LOCK: &str = ".lock";

/// The directory of a builder; gone when this is dropped.
pub(super) struct BuildDirectory {
    outer: PathBuf,
    /// Where the builder begins.
    pub(super) inner: PathBuf,
    lock_path: PathBuf,
    _lock: File,
}

impl BuildDirectory {
    /// Makes one. For a sandbox it is within another that only its owner can enter.
    pub(super) fn create(
        store: &LocalStore,
        options: &BuildOptions,
        user: Option<&BuildUser>,
        in_sandbox: bool,
    ) -> Result<BuildDirectory, BuildError> {
        let parent = parent(store, options)?;
        check_safety(&parent, user.is_some())?;
        clean_once(&parent);
        let (outer, lock_path, lock) = make(&parent)?;
        let mut directory = BuildDirectory {
            inner: outer.clone(),
            outer,
            lock_path,
            _lock: lock,
        };
        if in_sandbox {
            directory.inner = directory.outer.join("build");
            fs::DirBuilder::new()
                .mode(0o700)
                .create(&directory.inner)
                .during("create directory", &directory.inner)?;
        }
        if let Some(user) = user {
            user.give(&directory.inner)?;
        }
        Ok(directory)
    }

    /// Returns the path of a file beside the builder's own directory, which only its owner enters.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.outer.join(name)
    }

    /// Writes a file that the builder may change.
    pub(super) fn write(
        &self,
        name: &str,
        contents: &[u8],
        user: Option<&BuildUser>,
    ) -> Result<(), StoreError> {
        use std::io::Write;
        let path = self.inner.join(name);
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o644)
            .open(&path)
            .and_then(|mut file| file.write_all(contents))
            .during("write", &path)?;
        user.map_or(Ok(()), |user| user.give(&path))
    }

    /// Leaves it for the user to look at.
    pub(super) fn keep(self) -> Result<PathBuf, StoreError> {
        for path in [&self.outer, &self.inner] {
            fs::set_permissions(path, Permissions::from_mode(0o755)).during("change", path)?;
        }
        fs::remove_file(&self.lock_path).during("delete", &self.lock_path)?;
        let inner = self.inner.clone();
        std::mem::forget(self);
        Ok(inner)
    }
}

impl Drop for BuildDirectory {
    fn drop(&mut self) {
        // A directory that stays is deleted by a later build.
        if canonical::delete(&self.outer).is_ok() {
            let _ = fs::remove_file(&self.lock_path);
        }
    }
}

/// Returns the directory in which those of builders are made.
fn parent(store: &LocalStore, options: &BuildOptions) -> Result<PathBuf, StoreError> {
    if let Some(directory) = &options.build_dir {
        modes::create_dir_all(directory).during("create directory", directory)?;
        return Ok(directory.clone());
    }
    let usual = store.layout().state_dir.join("builds");
    modes::create_dir_all(&usual).during("create directory", &usual)?;
    usual.canonicalize().during("examine", &usual)
}

/// Makes sure that nobody else can put something else in the place of the directory. With a build
/// user, nothing of others may be in it at all, and nobody may replace one above it.
fn check_safety(parent: &Path, for_other_user: bool) -> Result<(), BuildError> {
    const STICKY: u32 = 0o1000;
    // The directories above it are the affair of whoever builds for themselves.
    let depth = if for_other_user { usize::MAX } else { 1 };
    for (index, path) in parent.ancestors().enumerate().take(depth) {
        if path.as_os_str().is_empty() {
            break;
        }
        let metadata = fs::symlink_metadata(path).during("examine", path)?;
        let is_writable = metadata.mode() & 0o002 != 0;
        // Where the mode keeps others from what is not theirs, they may have files of their own.
        let is_kept = metadata.mode() & STICKY != 0 && !(index == 0 && for_other_user);
        let is_link = metadata.is_symlink() && for_other_user;
        if is_link || (!metadata.is_symlink() && is_writable && !is_kept) {
            return Err(BuildError::Other(format!(
                "Path \"{}\" is world-writable or a symlink. That's not allowed for security. Set \
                 'build-dir' to a directory that only its owner can write",
                path.display()
            )));
        }
    }
    Ok(())
}

/// Makes a directory of a new name, with its lock.
fn make(parent: &Path) -> Result<(PathBuf, PathBuf, File), StoreError> {
    loop {
        let outer = parent.join(format!("{PREFIX}{}", random_name()?));
        let mut lock_path = outer.clone().into_os_string();
        lock_path.push(LOCK);
        let lock_path = PathBuf::from(lock_path);
        let lock = locks::open_lock_file(&lock_path)?;
        let taken = locks::try_lock(&lock, &lock_path, FlockOperation::NonBlockingLockExclusive)?;
        // One that cleans up may have been faster.
        if !taken || !locks::is_at(&lock, &lock_path)? {
            continue;
        }
        match fs::DirBuilder::new().mode(0o700).create(&outer) {
            Ok(()) => return Ok((outer, lock_path, lock)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).during("create directory", &outer),
        }
    }
}

fn random_name() -> Result<String, StoreError> {
    let mut bytes = [0_u8; 16];
    let length = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())
        .map_err(io::Error::from)
        .during("read", Path::new("random numbers"))?;
    let bytes = bytes.iter().take(length);
    Ok(bytes.map(|byte| format!("{byte:02x}")).collect())
}

/// Deletes what killed builds left, the first time that this process builds there.
fn clean_once(parent: &Path) {
    static CLEANED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let is_first = CLEANED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(parent.to_owned());
    if is_first {
        clean(parent);
    }
}

/// Deletes the directories of builders whose builds no longer go on. What cannot be deleted stays.
pub(crate) fn clean(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(directory) = name
            .filter(|name| name.starts_with(PREFIX))
            .and_then(|name| name.strip_suffix(LOCK))
        else {
            continue;
        };
        let Ok(lock) = fs::OpenOptions::new()
            .read(true)
            .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
            .open(&path)
        else {
            continue;
        };
        let taken = locks::try_lock(&lock, &path, FlockOperation::NonBlockingLockExclusive);
        if taken.is_ok_and(|taken| taken) && canonical::delete(&parent.join(directory)).is_ok() {
            let _ = fs::remove_file(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestStore;

    fn names(parent: &Path) -> Vec<String> {
        let entries = fs::read_dir(parent).expect("a directory");
        let name = |entry: io::Result<fs::DirEntry>| {
            let name = entry.expect("an entry").file_name();
            name.into_string().expect("text")
        };
        entries.map(name).collect()
    }

    #[test]
    fn what_killed_builds_left_is_deleted() {
        let store = TestStore::new();
        let options = BuildOptions::new("x");
        let create = || BuildDirectory::create(&store, &options, None, true).expect("created");
        let (running, kept) = (create(), create());
        let parent = running.outer.parent().expect("a parent").to_owned();
        let kept = kept.keep().expect("kept");
        // What a process that is killed leaves: all but the lock.
        let dead = create();
        fs::write(dead.inner.join("file"), "").expect("a file");
        rustix::fs::flock(&dead._lock, FlockOperation::Unlock).expect("unlocked");
        let dead_path = dead.outer.clone();
        std::mem::forget(dead);
        fs::create_dir(parent.join("nix-1-2")).expect("a directory of Nix");
        clean(&parent);
        assert!(!dead_path.exists());
        assert!(running.inner.exists() && kept.exists() && parent.join("nix-1-2").exists());
        drop(running);
        assert_eq!(names(&parent).len(), 2);
    }

    #[test]
    fn directories_that_others_may_write_are_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().canonicalize().expect("a path");
        let (open, link) = (path.join("open/below"), path.join("link"));
        fs::create_dir_all(&open).expect("directories");
        std::os::unix::fs::symlink(&open, &link).expect("a link");
        let set = |path: &Path, mode| {
            fs::set_permissions(path, Permissions::from_mode(mode)).expect("changed");
        };
        assert!(check_safety(&open, true).is_ok());
        assert!(check_safety(&link, true).is_err());
        set(&path.join("open"), 0o1777);
        assert!(check_safety(&open, true).is_ok());
        assert!(check_safety(&path.join("open"), false).is_ok());
        assert!(check_safety(&path.join("open"), true).is_err());
        set(&path.join("open"), 0o777);
        assert!(check_safety(&open, false).is_ok());
        assert!(check_safety(&path.join("open"), false).is_err());
        assert!(check_safety(&open, true).is_err());
    }
}
