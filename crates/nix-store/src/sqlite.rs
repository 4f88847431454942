//! SQLite on file systems that lack what it expects.

use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, ffi};

use crate::{durable, locks};

/// Opens a database. Where records of files cannot be locked, as on some network file systems,
/// SQLite would wait for a lock that nobody has; there the database is opened without locks.
///
/// # Errors
/// As SQLite.
pub fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    if has_locks(path) {
        return Connection::open_with_flags(path, flags);
    }
    let connection = Connection::open_with_flags_and_vfs(path, flags, c"unix-none")?;
    // One that has a log, as all others that are written at the same time, can be opened so too.
    connection.execute_batch("pragma locking_mode = exclusive;")?;
    Ok(connection)
}

/// Returns whether files beside the database can be locked. What cannot be found out is left to SQLite.
fn has_locks(path: &Path) -> bool {
    let probe = path.with_extension("lock-probe");
    let existing = File::open(path);
    let file = existing.or_else(|_| {
        let made = File::create(&probe);
        let _ = std::fs::remove_file(&probe);
        made
    });
    file.is_ok_and(|file| locks::has_record_locks(&file))
}

/// Returns whether an operation failed since the file system cannot write what it holds to the disk.
/// Nothing is gained by asking it again.
pub(crate) fn cannot_sync(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error().map(|error| error.extended_code),
        Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC)
    )
}

/// Returns whether the file system of a file can write what it holds to the disk, in both of the ways that
/// SQLite uses.
pub(crate) fn can_sync(file: &File) -> bool {
    durable::is_supported(&file.sync_data()) && durable::is_supported(&file.sync_all())
}
