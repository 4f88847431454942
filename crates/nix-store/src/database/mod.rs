//! The SQLite database of a store, with the schema (version 10) that Nix uses: both may have it
//! open at the same time.

mod queries;
mod realisations;
mod register;
mod schema;

pub(crate) use register::Registration;

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use rustix::fs::FlockOperation;

use crate::error::{During, StoreError};
use crate::layout::Layout;
use crate::store::percent_encode;
use crate::{durable, locks, modes, sqlite};

/// What the file `schema` says.
const SCHEMA_VERSION: u32 = 10;
/// How long to wait for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(600);
/// Pages of the log after which a commit copies them to the database. Nothing is copied when the
/// database is closed, as that would be waited for at the end of each run; so the log is kept
/// short enough to be read when it is opened.
const CHECKPOINT_PAGES: u32 = 1000;

/// An open database.
#[derive(Debug)]
pub(crate) struct Database {
    connection: Connection,
    path: PathBuf,
    layout: Layout,
    /// Held shared, so that nobody changes the schema meanwhile; not by who only reads.
    _big_lock: Option<File>,
}

type Result<T, E = StoreError> = std::result::Result<T, E>;

impl Database {
    /// Opens the database of a store, which is made with its directories when there is none.
    pub(crate) fn open(layout: &Layout) -> Result<Database> {
        let directory = layout.database_dir();
        let schema_path = directory.join("schema");
        let mut schema = read_schema(&schema_path)?;
        // Somebody may have deleted all objects, and their directory with them.
        if schema.is_none() || !layout.real_store_dir.exists() {
            create_directories(layout)?;
        }
        check_not_symlinked(&layout.real_store_dir)?;

        let lock_path = directory.join("big-lock");
        let big_lock = locks::open_lock_file(&lock_path).map_err(|error| match error {
            StoreError::Io { path, error, .. }
                if error.kind() == io::ErrorKind::PermissionDenied =>
            {
                StoreError::NotAllowed(path)
            }
            error => error,
        })?;
        // Who makes the database keeps a shared lock afterwards, so that others who wanted to make
        // it must not wait for an exclusive one.
        while schema.is_none() {
            if locks::try_lock(
                &big_lock,
                &lock_path,
                FlockOperation::NonBlockingLockExclusive,
            )? {
                schema = read_schema(&schema_path)?;
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
            schema = read_schema(&schema_path)?;
        }
        if schema.is_some() {
            locks::lock(&big_lock, &lock_path, FlockOperation::LockShared)?;
        }

        let path = directory.join("db.sqlite");
        let create = schema.is_none();
        let syncs = !create || sqlite::can_sync(&big_lock);
        let connection = connect(&path, create, syncs);
        let connection = connection.map_err(|error| database_error(&path, error))?;
        if create {
            connection
                .execute_batch(schema::CREATE)
                .map_err(|error| database_error(&path, error))?;
            write_schema(&schema_path)?;
            locks::lock(&big_lock, &lock_path, FlockOperation::LockShared)?;
        }
        Ok(Database {
            connection,
            path,
            layout: layout.clone(),
            _big_lock: Some(big_lock),
        })
    }

    /// Opens a database to read from it. Where files cannot be made beside it, nobody may write to
    /// it meanwhile.
    pub(crate) fn open_read_only(layout: &Layout) -> Result<Database> {
        let path = layout.database_dir().join("db.sqlite");
        if !path.exists() {
            return Err(StoreError::NoDatabase(path));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_URI;
        let open = |parameters: &str| {
            let place = percent_encode(path.as_os_str().as_bytes(), b"/.-_");
            let name = format!("file:{place}{parameters}");
            let connection = Connection::open_with_flags(name, flags)?;
            connection.busy_timeout(BUSY_TIMEOUT)?;
            connection.query_row("pragma schema_version", [], |_| Ok(()))?;
            Ok(connection)
        };
        let connection = match open("") {
            // What was written last is in a file beside it, of which this would not know.
            Err(_) if !has_log(&path) => open("?immutable=1"),
            result => result,
        };
        Ok(Database {
            connection: connection.map_err(|error| database_error(&path, error))?,
            path,
            layout: layout.clone(),
            _big_lock: None,
        })
    }

    /// Leaves it to the system when changes are written to the disk.
    pub(crate) fn sync_nothing(&self) -> Result<()> {
        self.connection
            .execute_batch("pragma synchronous = off;")
            .map_err(|error| self.error(error))
    }

    /// How the database is synced: 0 not at all, 1 as a log of changes needs it.
    #[cfg(test)]
    pub(crate) fn synchronous(&self) -> Result<i64> {
        self.connection
            .query_row("pragma synchronous", [], |row| row.get(0))
            .map_err(|error| self.error(error))
    }

    fn error(&self, error: rusqlite::Error) -> StoreError {
        database_error(&self.path, error)
    }

    /// Repeats what failed because another process was in the way.
    fn retry<T>(&self, mut work: impl FnMut() -> Result<T>) -> Result<T> {
        let mut unsynced = false;
        loop {
            match work() {
                Err(StoreError::Database { error, .. }) if is_busy(&error) => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(StoreError::Database { error, .. })
                    if sqlite::cannot_sync(&error) && !std::mem::replace(&mut unsynced, true) =>
                {
                    do_not_sync(&self.connection).map_err(|error| self.error(error))?;
                }
                result => return result,
            }
        }
    }
}

/// Has SQLite not ask for what the file system cannot do.
fn do_not_sync(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("pragma synchronous = off;")
}

/// Whether transactions were written that are not in the database itself yet.
fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    fs::metadata(log).is_ok_and(|metadata| metadata.len() > 0)
}

fn database_error(path: &Path, error: rusqlite::Error) -> StoreError {
    StoreError::Database {
        path: path.to_owned(),
        error,
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::FileLockingProtocolFailed)
    )
}

/// Opens the file. `syncs` is whether the file system can write what it holds to the disk.
fn connect(path: &Path, create: bool, syncs: bool) -> rusqlite::Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    if create {
        // SQLite gives the files beside it the mode of this one. It says itself what is wrong.
        let _ = modes::create_file(path);
    }
    let connection = sqlite::open(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(32);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.execute_batch("pragma foreign_keys = 1; pragma synchronous = normal;")?;
    if !syncs {
        do_not_sync(&connection)?;
    }
    let mode: String = connection.query_row("pragma main.journal_mode", [], |row| row.get(0))?;
    if mode != "wal" {
        // Answers with the mode that it came to; a file system without shared memory has no WAL.
        connection.query_row("pragma main.journal_mode = wal", [], |_| Ok(()))?;
    }
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    Ok(connection)
}

/// The version that the file states; `None` when there is no file.
fn read_schema(path: &Path) -> Result<Option<u32>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).during("read", path),
    };
    match text.trim().parse() {
        Ok(SCHEMA_VERSION) => Ok(Some(SCHEMA_VERSION)),
        _ => Err(StoreError::Schema {
            found: text.trim().to_owned(),
            supported: SCHEMA_VERSION,
        }),
    }
}

fn write_schema(path: &Path) -> Result<()> {
    let temporary = path.with_extension("new");
    modes::create_file(&temporary).during("create", &temporary)?;
    let mut file = File::create(&temporary).during("create", &temporary)?;
    file.write_all(SCHEMA_VERSION.to_string().as_bytes())
        .during("write", &temporary)?;
    durable::sync(&file).during("write", &temporary)?;
    fs::rename(&temporary, path).during("create", path)
}

fn create_directories(layout: &Layout) -> Result<()> {
    let state = &layout.state_dir;
    for directory in [
        layout.real_store_dir.join(".links"),
        layout.database_dir(),
        state.join("temproots"),
        layout.gc_roots_dir().join("auto"),
        layout.gc_roots_dir().join("per-user"),
        layout.profiles_dir().join("per-user"),
    ] {
        modes::create_dir_all(&directory).during("create directory", &directory)?;
    }
    Ok(())
}

fn check_not_symlinked(store: &Path) -> Result<()> {
    match store.ancestors().find(|path| path.is_symlink()) {
        Some(path) => Err(StoreError::SymlinkedStore(path.to_owned())),
        None => Ok(()),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
