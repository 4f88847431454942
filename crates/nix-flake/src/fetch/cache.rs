//! What took long to find out, remembered between runs and shared by processes.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix_wire::Hash;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde_json::{Value, json};

use super::Fingerprint;

/// A file may be changed again within the same tick of its file system's clock, so that it looks
/// as before; what changed so recently is not remembered.
const RECENT_SECONDS: i64 = 2;
/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(10);
/// What was not used for so long is forgotten, in seconds.
const LONGEST_MEMORY: i64 = 90 * 24 * 60 * 60;
const SCHEMA: &str = "
    create table if not exists cache (
        domain text not null,
        key text not null,
        value text not null,
        timestamp integer not null,
        primary key (domain, key)
    ) without rowid";

/// Remembers hashes of trees that have not changed, lengths of histories and what servers answered,
/// in a database of SQLite. It is only ever a shortcut: what cannot be read is not there, what
/// cannot be written is not remembered.
#[derive(Debug, Clone)]
pub struct FetchCache {
    path: PathBuf,
}

/// Something that was remembered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Remembered {
    pub(super) value: Value,
    /// How many seconds ago.
    pub(super) age: u64,
}

impl FetchCache {
    /// The one in this file, which need not exist, nor its directory.
    #[must_use]
    pub fn new(path: PathBuf) -> FetchCache {
        FetchCache { path }
    }

    /// The directory that it is in, where other things are cached too.
    pub(super) fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// The hash of the tree at a place, if it looks as it did.
    pub(super) fn tree(&self, place: &Path, fingerprint: &Fingerprint) -> Option<Hash> {
        let tree = self.get("tree", &place.to_string_lossy())?.value;
        if tree["fingerprint"].as_str() != Some(&fingerprint.hash.nix32()) {
            return None;
        }
        Hash::parse_sri(tree["narHash"].as_str()?).ok()
    }

    /// Remembers the hash of the tree at a place.
    pub(super) fn remember_tree(&self, place: &Path, fingerprint: &Fingerprint, nar_hash: &Hash) {
        if fingerprint.last_changed + RECENT_SECONDS >= seconds_now() {
            return;
        }
        let value = json!({
            "fingerprint": fingerprint.hash.nix32(),
            "narHash": nar_hash.sri(),
        });
        self.set("tree", &place.to_string_lossy(), &value);
    }

    /// The number of commits up to a revision.
    pub(super) fn revision_count(&self, revision: &str) -> Option<u64> {
        self.get("revCount", revision)?.value.as_u64()
    }

    /// Remembers the number of commits up to a revision.
    pub(super) fn remember_revision_count(&self, revision: &str, count: u64) {
        self.set("revCount", revision, &count.into());
    }

    /// What is remembered of a key.
    pub(super) fn get(&self, domain: &str, key: &str) -> Option<Remembered> {
        let connection = self.open(false)?;
        let query = "select value, timestamp from cache where domain = ?1 and key = ?2";
        let (text, timestamp): (String, i64) = connection
            .query_row(query, params![domain, key], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()
            .ok()??;
        Some(Remembered {
            value: serde_json::from_str(&text).ok()?,
            age: u64::try_from(seconds_now() - timestamp).unwrap_or(0),
        })
    }

    /// Remembers something of a key.
    pub(super) fn set(&self, domain: &str, key: &str, value: &Value) {
        // Losing what was remembered only costs time.
        let _ = self.try_set(domain, key, value);
    }

    fn try_set(&self, domain: &str, key: &str, value: &Value) -> Option<()> {
        let connection = self.open(true)?;
        let now = seconds_now();
        connection
            .execute(
                "insert or replace into cache values (?1, ?2, ?3, ?4)",
                params![domain, key, value.to_string(), now],
            )
            .ok()?;
        connection
            .execute(
                "delete from cache where timestamp < ?1",
                params![now - LONGEST_MEMORY],
            )
            .ok()?;
        Some(())
    }

    fn open(&self, create: bool) -> Option<Connection> {
        if !create && !self.path.exists() {
            return None;
        }
        // Only what nobody but the user can have written is believed.
        let (directory, name) = match create {
            true => private_files::of_new_file(&self.path),
            false => private_files::of_file(&self.path),
        }
        .ok()?;
        directory.open_or_create(name).ok()?;
        let connection = nix_store::sqlite::open(&self.path, OpenFlags::default()).ok()?;
        connection.busy_timeout(PATIENCE).ok()?;
        if create {
            // Nothing here is worth waiting for a disk.
            connection.pragma_update(None, "synchronous", "off").ok()?;
            connection.execute(SCHEMA, []).ok()?;
        }
        Some(connection)
    }
}

pub(super) fn seconds_now() -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_do_not_lose_what_others_remember() {
        let directory = tempfile::tempdir().expect("there is a directory");
        let path = directory.path().join("a/cache.sqlite");
        assert_eq!(FetchCache::new(path.clone()).get("d", "0/0"), None);
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let cache = FetchCache::new(path.clone());
                scope.spawn(move || {
                    for number in 0..20 {
                        cache.set("d", &format!("{writer}/{number}"), &number.into());
                    }
                });
            }
        });
        let cache = FetchCache::new(path);
        for writer in 0..4 {
            for number in 0..20_u64 {
                let found = cache.get("d", &format!("{writer}/{number}"));
                assert_eq!(found.and_then(|found| found.value.as_u64()), Some(number));
            }
        }
        assert_eq!(cache.get("e", "0/0"), None);
    }

    #[test]
    fn a_damaged_file_is_as_none() {
        let directory = tempfile::tempdir().expect("there is a directory");
        let path = directory.path().join("cache.sqlite");
        std::fs::write(&path, "this is no database, however long it is").expect("it is written");
        let cache = FetchCache::new(path);
        cache.set("d", "k", &1.into());
        assert_eq!(cache.get("d", "k"), None);
    }
}
