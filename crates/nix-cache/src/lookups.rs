//! What caches said, remembered between runs: of themselves, of the objects that they have, and
//! which they have not.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use crate::cache_info::CacheInfo;

/// What is older than this is forgotten, however long it would be believed.
const LONGEST_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
const BUSY_TIMEOUT: Duration = Duration::from_secs(60);

const SCHEMA: &str = "
create table if not exists caches (
    id integer primary key,
    url text unique not null,
    time integer not null,
    store_dir text,
    want_mass_query integer not null,
    priority integer not null
);
create table if not exists narinfos (
    cache integer not null references caches (id) on delete cascade,
    hash_part text not null,
    time integer not null,
    text text,
    primary key (cache, hash_part)
) without rowid;
";

/// How long is believed what a cache said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimesToLive {
    /// That it has an object (`narinfo-cache-positive-ttl`).
    pub positive: Duration,
    /// That it has not (`narinfo-cache-negative-ttl`).
    pub negative: Duration,
    /// What it is (`narinfo-cache-meta-ttl`).
    pub meta: Duration,
}

impl Default for TimesToLive {
    fn default() -> TimesToLive {
        TimesToLive {
            positive: LONGEST_KEPT,
            negative: Duration::from_secs(3600),
            meta: Duration::from_secs(7 * 24 * 3600),
        }
    }
}

/// A database of what caches said. It only saves time: where it cannot be read or written, caches
/// are asked.
#[derive(Debug)]
pub struct Lookups {
    path: PathBuf,
    times: TimesToLive,
    connection: Mutex<Option<Connection>>,
}

/// What is known of an object.
pub(crate) type Known = Option<String>;

impl Lookups {
    /// The database in this file, which is opened when it is needed.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, times: TimesToLive) -> Lookups {
        Lookups {
            path: path.into(),
            times,
            connection: Mutex::new(None),
        }
    }

    /// What a cache said of itself.
    pub(crate) fn cache_info(&self, url: &str) -> Option<CacheInfo> {
        self.with(|connection| {
            connection
                .query_row(
                    "select store_dir, want_mass_query, priority from caches \
                     where url = ? and time > ?",
                    params![url, since(self.times.meta)],
                    |row| {
                        Ok(CacheInfo {
                            store_dir: row.get(0)?,
                            want_mass_query: row.get(1)?,
                            priority: row.get(2)?,
                        })
                    },
                )
                .optional()
        })
        .flatten()
    }

    pub(crate) fn set_cache_info(&self, url: &str, info: &CacheInfo) {
        self.with(|connection| {
            connection.execute(
                "insert into caches (url, time, store_dir, want_mass_query, priority) \
                 values (?1, ?2, ?3, ?4, ?5) on conflict (url) do update set \
                 time = ?2, store_dir = ?3, want_mass_query = ?4, priority = ?5",
                params![
                    url,
                    now(),
                    info.store_dir,
                    info.want_mass_query,
                    info.priority
                ],
            )
        });
    }

    /// The narinfos of objects by hash part, as far as they are known; `None` in them when the cache
    /// had none.
    pub(crate) fn narinfos<'a>(&self, url: &str, hash_parts: &[&'a str]) -> Vec<(&'a str, Known)> {
        self.with(|connection| {
            let mut statement = connection.prepare_cached(
                "select text from narinfos where cache = (select id from caches where url = ?1) \
                 and hash_part = ?2 and time > iif(text is null, ?3, ?4)",
            )?;
            let (negative, positive) = (since(self.times.negative), since(self.times.positive));
            let mut found = Vec::new();
            for hash_part in hash_parts {
                let known: Option<Known> = statement
                    .query_row(params![url, hash_part, negative, positive], |row| {
                        row.get(0)
                    })
                    .optional()?;
                found.extend(known.map(|known| (*hash_part, known)));
            }
            Ok(found)
        })
        .unwrap_or_default()
    }

    pub(crate) fn set_narinfos(&self, url: &str, answers: &[(&str, Known)]) {
        if answers.is_empty() {
            return;
        }
        self.with(|connection| {
            let transaction = connection.unchecked_transaction()?;
            {
                let mut statement = connection.prepare_cached(
                    "insert or replace into narinfos (cache, hash_part, time, text) \
                     select id, ?2, ?3, ?4 from caches where url = ?1",
                )?;
                for (hash_part, text) in answers {
                    statement.execute(params![url, hash_part, now(), text])?;
                }
            }
            transaction.commit()
        });
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Option<T> {
        let mut connection: MutexGuard<'_, Option<Connection>> = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if connection.is_none() {
            *connection = open(&self.path).ok();
        }
        work(connection.as_ref()?).ok()
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    // Only what nobody but the user can have written is believed.
    let private = private_files::of_new_file(path)
        .and_then(|(directory, name)| directory.open_or_create(name));
    if private.is_err() {
        return Err(rusqlite::Error::InvalidPath(path.to_owned()));
    }
    let connection = nix_store::sqlite::open(path, OpenFlags::default())?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // What is lost is asked again.
    connection.execute_batch("pragma synchronous = off; pragma foreign_keys = on;")?;
    connection.query_row("pragma main.journal_mode = wal", [], |_| Ok(()))?;
    connection.execute_batch(SCHEMA)?;
    connection.execute(
        "delete from narinfos where time < ?",
        params![since(LONGEST_KEPT)],
    )?;
    Ok(connection)
}

fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn since(time: Duration) -> i64 {
    now().saturating_sub(i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_remembered_for_its_time() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("sub/lookups.sqlite");
        let lookups = Lookups::new(&file, TimesToLive::default());
        assert_eq!(lookups.cache_info("http://a"), None);
        let info = CacheInfo {
            store_dir: Some("/nix/store".to_owned()),
            want_mass_query: true,
            priority: 7,
        };
        lookups.set_cache_info("http://a", &CacheInfo::default());
        lookups.set_cache_info("http://a", &info);
        lookups.set_narinfos("http://a", &[("x", Some("text".to_owned())), ("y", None)]);
        drop(lookups);

        let lookups = Lookups::new(&file, TimesToLive::default());
        assert_eq!(lookups.cache_info("http://a"), Some(info));
        assert_eq!(
            lookups.narinfos("http://a", &["x", "y", "z"]),
            [("x", Some("text".to_owned())), ("y", None)]
        );
        assert_eq!(lookups.narinfos("http://b", &["x"]), []);

        let fresh = TimesToLive {
            negative: Duration::ZERO,
            meta: Duration::ZERO,
            ..TimesToLive::default()
        };
        let lookups = Lookups::new(&file, fresh);
        assert_eq!(lookups.cache_info("http://a"), None);
        assert_eq!(lookups.narinfos("http://a", &["x", "y"]).len(), 1);
    }

    #[test]
    fn without_a_file_nothing_is_known_and_nothing_fails() {
        let lookups = Lookups::new("/proc/nowhere/x", TimesToLive::default());
        lookups.set_cache_info("http://a", &CacheInfo::default());
        assert_eq!(lookups.cache_info("http://a"), None);
    }
}
