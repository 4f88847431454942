//! The system calls that a switch is made of, behind one interface.

use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

/// Changes a file system. Each method is one atomic step.
pub trait Effects {
    /// Makes a directory.
    ///
    /// # Errors
    /// As `mkdir`.
    fn create_directory(&self, path: &Path) -> io::Result<()>;
    /// Removes an empty directory.
    ///
    /// # Errors
    /// As `rmdir`.
    fn remove_directory(&self, path: &Path) -> io::Result<()>;
    /// Makes a symbolic link where nothing is.
    ///
    /// # Errors
    /// As `symlink`; [`io::ErrorKind::AlreadyExists`] when something is there.
    fn create_link(&self, target: &Path, path: &Path) -> io::Result<()>;
    /// Removes a symbolic link or a file.
    ///
    /// # Errors
    /// As `unlink`.
    fn unlink(&self, path: &Path) -> io::Result<()>;
    /// Renames, replacing a link or file at the destination.
    ///
    /// # Errors
    /// As `rename`.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Renames to a name that nothing has.
    ///
    /// # Errors
    /// As `rename`; [`io::ErrorKind::AlreadyExists`] when something has the name.
    fn rename_to_free(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Lets two paths change places.
    ///
    /// # Errors
    /// As `rename`; [`io::ErrorKind::Unsupported`] where the file system cannot.
    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()>;
    /// Removes a file or a whole tree.
    ///
    /// # Errors
    /// When a part of it cannot be removed.
    fn remove_all(&self, path: &Path) -> io::Result<()>;
    /// Waits until all that was written to the file systems of these paths is on their disks. A
    /// path that is missing stands for the nearest directory above it.
    ///
    /// # Errors
    /// When a disk refuses.
    fn sync(&self, paths: &[&Path]) -> io::Result<()>;
}

/// The real file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileSystem;

impl Effects for FileSystem {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_dir(path)
    }

    fn create_link(&self, target: &Path, path: &Path) -> io::Result<()> {
        std::os::unix::fs::symlink(target, path)
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn rename_to_free(&self, from: &Path, to: &Path) -> io::Result<()> {
        match rename_with_flags(from, to, RenameKind::NoReplace) {
            // Not atomic, but as good as such a file system allows.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                if to.symlink_metadata().is_ok() {
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                std::fs::rename(from, to)
            }
            result => result,
        }
    }

    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        rename_with_flags(one, other, RenameKind::Exchange)
    }

    fn remove_all(&self, path: &Path) -> io::Result<()> {
        if path.symlink_metadata()?.is_dir() {
            make_writable(path);
            std::fs::remove_dir_all(path)
        } else {
            std::fs::remove_file(path)
        }
    }

    fn sync(&self, paths: &[&Path]) -> io::Result<()> {
        let mut synced = Vec::new();
        for path in paths {
            let (directory, device) = nearest_directory(path)?;
            if !synced.contains(&device) {
                sync_file_system(&directory)?;
                synced.push(device);
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum RenameKind {
    NoReplace,
    Exchange,
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn rename_with_flags(from: &Path, to: &Path, kind: RenameKind) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};

    let flags = match kind {
        RenameKind::NoReplace => RenameFlags::NOREPLACE,
        RenameKind::Exchange => RenameFlags::EXCHANGE,
    };
    renameat_with(CWD, from, CWD, to, flags).map_err(|error| match error {
        Errno::INVAL | Errno::NOSYS | Errno::NOTSUP | Errno::PERM => {
            io::ErrorKind::Unsupported.into()
        }
        error => error.into(),
    })
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn rename_with_flags(_: &Path, _: &Path, _: RenameKind) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Lets the owner write to all directories below a path, as deleting them needs. Directories
/// copied out of a store are read-only.
fn make_writable(directory: &Path) {
    let Ok(metadata) = directory.symlink_metadata() else {
        return;
    };
    let mode = metadata.mode();
    if mode & 0o700 != 0o700 {
        // Where that is not allowed, deleting says so.
        let _ = std::fs::set_permissions(
            directory,
            std::fs::Permissions::from_mode((mode & 0o7777) | 0o700),
        );
    }
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            make_writable(&entry.path());
        }
    }
}

/// Returns the nearest directory at or above a path, with its device.
fn nearest_directory(path: &Path) -> io::Result<(PathBuf, u64)> {
    for ancestor in path.ancestors() {
        match ancestor.metadata() {
            Ok(metadata) if metadata.is_dir() => {
                return Ok((ancestor.to_owned(), metadata.dev()));
            }
            Ok(_) => {}
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::NotFound.into())
}

#[cfg(target_os = "linux")]
fn sync_file_system(directory: &Path) -> io::Result<()> {
    let directory = match File::open(directory) {
        // Others may not list it.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            rustix::fs::sync();
            return Ok(());
        }
        directory => directory?,
    };
    match rustix::fs::syncfs(directory) {
        // Some file systems in user space and some containers know no such call.
        Err(Errno::NOSYS | Errno::INVAL | Errno::NOTSUP | Errno::PERM) => {
            rustix::fs::sync();
            Ok(())
        }
        result => Ok(result?),
    }
}

#[cfg(not(target_os = "linux"))]
fn sync_file_system(directory: &Path) -> io::Result<()> {
    rustix::fs::sync();
    crate::durable::supported(File::open(directory)?.sync_all())
}
