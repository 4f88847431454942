//! The modes of a store's own directories and files. They do not depend on the file mode mask of
//! whoever makes the store: with none, everybody could write to the store of root, and with a
//! narrow one nobody else could read it.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

const DIRECTORY: u32 = 0o755;
const FILE: u32 = 0o644;

/// Makes a directory and those above it that are missing.
pub(crate) fn create_dir_all(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        create_dir_all(parent)?;
    }
    match fs::DirBuilder::new().mode(DIRECTORY).create(path) {
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(DIRECTORY)),
        // Another process may have been faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes an empty file that everybody may read, unless there is a file already.
pub(crate) fn create_file(path: &Path) -> io::Result<()> {
    let created = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(FILE)
        .open(path);
    match created {
        Ok(file) => file.set_permissions(Permissions::from_mode(FILE)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}
