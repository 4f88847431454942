//! Replaces files with the same contents by hard links to one file in `.links`, which is named after
//! the hash of the file's archive.

use std::collections::HashSet;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{DirEntryExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use nix_wire::{StorePath, nar};

use crate::build::Cancellation;
use crate::canonical;
use crate::error::{During, StoreError};
use crate::local::LocalStore;
use crate::modes;

/// The directory of files by their contents, to which store objects may be hard links.
pub(crate) const LINKS: &str = ".links";

type Result<T> = std::result::Result<T, StoreError>;

/// The result of linking equal files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Optimised {
    /// The number of files that became links to another.
    pub files: u64,
    /// The bytes that those files occupied.
    pub bytes: u64,
}

impl LocalStore {
    /// Links the equal files of all valid objects.
    ///
    /// # Errors
    /// If the store cannot be read or changed, or if it was interrupted. Files that were linked stay so.
    pub fn optimise(&self, cancellation: &Cancellation) -> Result<Optimised> {
        let mut done = Optimised::default();
        let links = self.links_directory()?;
        // Files that are linked already are not read again: a second pass costs their number, not their size.
        let linked = inodes(&links)?;
        for path in self.all_valid_paths()? {
            if cancellation.is_cancelled() {
                return Err(StoreError::Interrupted);
            }
            self.add_temporary_roots([&path])?;
            // It may have been collected before it was held.
            if self.is_valid(&path)? {
                optimise_tree(&links, &self.layout().real_path(&path), &linked, &mut done)?;
            }
        }
        Ok(done)
    }

    /// Links the files of one valid object to equal ones of others.
    ///
    /// # Errors
    /// As [`LocalStore::optimise`].
    pub fn optimise_path(&self, path: &StorePath, done: &mut Optimised) -> Result<()> {
        let links = self.links_directory()?;
        let none = HashSet::new();
        optimise_tree(&links, &self.layout().real_path(path), &none, done)
    }

    /// Returns the directory of links, which is made if it is missing.
    fn links_directory(&self) -> Result<PathBuf> {
        let links = self.layout().real_store_dir.join(LINKS);
        modes::create_dir_all(&links).during("create directory", &links)?;
        Ok(links)
    }
}

/// Returns the inodes of the files in a directory.
fn inodes(directory: &Path) -> Result<HashSet<u64>> {
    let mut inodes = HashSet::new();
    for entry in fs::read_dir(directory).during("read directory", directory)? {
        inodes.insert(entry.during("read directory", directory)?.ino());
    }
    Ok(inodes)
}

/// Links the files of a tree. Those whose inodes are in `linked` are skipped.
fn optimise_tree(
    links: &Path,
    path: &Path,
    linked: &HashSet<u64>,
    done: &mut Optimised,
) -> Result<()> {
    let metadata = fs::symlink_metadata(path).during("examine", path)?;
    if metadata.is_dir() {
        for entry in fs::read_dir(path).during("read directory", path)? {
            let entry = entry.during("read directory", path)?;
            optimise_tree(links, &entry.path(), linked, done)?;
        }
        return Ok(());
    }
    // A file that is writable may have changed since it was registered.
    let is_written = metadata.is_file() && metadata.mode() & 0o222 != 0;
    if is_written || !(metadata.is_file() || metadata.is_symlink()) {
        return Ok(());
    }
    if linked.contains(&metadata.ino()) {
        return Ok(());
    }
    let (hash, _) = nar::hash_path(path)?;
    let link = links.join(hash.nix32());
    loop {
        match fs::symlink_metadata(&link) {
            Ok(linked) if linked.ino() == metadata.ino() => return Ok(()),
            Ok(linked) if linked.len() == metadata.len() && is_unchanged(&link, &hash) => break,
            // The link was written to, so it and all files that share its inode are wrong.
            Ok(_) => canonical::delete(&link)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).during("examine", &link),
        }
        match fs::hard_link(path, &link) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) if cannot_link(&error) => return Ok(()),
            Err(error) => return Err(error).during("link", &link),
        }
    }
    if replace(path, &link)? {
        done.files += 1;
        done.bytes += metadata.len();
    }
    Ok(())
}

fn is_unchanged(link: &Path, hash: &nix_wire::Hash) -> bool {
    nar::hash_path(link).is_ok_and(|(found, _)| found == *hash)
}

/// Returns whether the file system cannot link the file, which then stays as it is: there is a limit of
/// names for one file, among other reasons.
fn cannot_link(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let number = error.raw_os_error().unwrap_or_default();
    [
        Errno::MLINK,
        Errno::NOSPC,
        Errno::DQUOT,
        Errno::PERM,
        Errno::ACCESS,
        Errno::NOSYS,
        Errno::NOTSUP,
        Errno::XDEV,
    ]
    .iter()
    .any(|errno| errno.raw_os_error() == number)
}

/// Replaces a file by a link atomically. Returns `false` if the file system cannot.
fn replace(path: &Path, link: &Path) -> Result<bool> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let store = link.parent().and_then(Path::parent).unwrap_or(link);
    let parent = path.parent().unwrap_or(path);
    let temporary: PathBuf = loop {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!(".tmp-link-{}-{number}", std::process::id());
        let temporary = store.join(name);
        match fs::hard_link(link, &temporary) {
            Ok(()) => break temporary,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) if cannot_link(&error) => return Ok(false),
            Err(error) => return Err(error).during("link", &temporary),
        }
    };
    // The store's own directory is no part of an object.
    let in_object = parent != store;
    if in_object {
        fs::set_permissions(parent, Permissions::from_mode(0o755)).during("change", parent)?;
    }
    let renamed = fs::rename(&temporary, path);
    if in_object {
        fs::set_permissions(parent, Permissions::from_mode(0o555)).during("change", parent)?;
        canonical::set_times(parent)?;
    }
    match renamed {
        Ok(()) => Ok(true),
        Err(error) => {
            canonical::delete(&temporary)?;
            if cannot_link(&error) {
                return Ok(false);
            }
            Err(error).during("link", path)
        }
    }
}
