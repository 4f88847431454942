//! Questions to the database.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use nix_wire::store_path::HASH_PART_LENGTH;
use nix_wire::{Hash, StorePath};
use rusqlite::{OptionalExtension, Params};

use super::{Database, Result};
use crate::error::StoreError;
use nix_wire::PathInfo;

impl Database {
    /// Whether the object is registered.
    pub(crate) fn is_valid(&self, path: &StorePath) -> Result<bool> {
        Ok(self.id(path)?.is_some())
    }

    /// Those of the paths that are registered.
    pub(crate) fn valid_among<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a StorePath>,
    ) -> Result<BTreeSet<StorePath>> {
        self.reading(|| {
            let mut valid = BTreeSet::new();
            for path in paths {
                if self.id(path)?.is_some() {
                    valid.insert(path.clone());
                }
            }
            Ok(valid)
        })
    }

    /// The key of a registered object.
    pub(super) fn id(&self, path: &StorePath) -> Result<Option<i64>> {
        self.connection
            .prepare_cached("select id from ValidPaths where path = ?")
            .and_then(|mut statement| {
                statement
                    .query_row([self.layout.print(path)], |row| row.get(0))
                    .optional()
            })
            .map_err(|error| self.error(error))
    }

    /// What is registered of an object; `None` when it is not.
    pub(crate) fn path_info(&self, path: &StorePath) -> Result<Option<PathInfo>> {
        struct Row {
            id: i64,
            hash: String,
            time: i64,
            deriver: Option<String>,
            size: Option<i64>,
            ultimate: Option<i64>,
            signatures: Option<String>,
            address: Option<String>,
        }
        self.reading(|| {
            let row = self
                .connection
                .prepare_cached(
                    "select id, hash, registrationTime, deriver, narSize, ultimate, sigs, ca \
                     from ValidPaths where path = ?",
                )
                .and_then(|mut statement| {
                    let row = statement.query_row([self.layout.print(path)], |row| {
                        Ok(Row {
                            id: row.get(0)?,
                            hash: row.get(1)?,
                            time: row.get(2)?,
                            deriver: row.get(3)?,
                            size: row.get(4)?,
                            ultimate: row.get(5)?,
                            signatures: row.get(6)?,
                            address: row.get(7)?,
                        })
                    });
                    row.optional()
                })
                .map_err(|error| self.error(error))?;
            let Some(row) = row else { return Ok(None) };
            let invalid = |reason: String| StoreError::InvalidEntry {
                path: self.layout.print(path),
                reason,
            };
            let texts = row.signatures.as_deref().unwrap_or_default().split(' ');
            Ok(Some(PathInfo {
                path: path.clone(),
                nar_hash: Hash::parse_prefixed(&row.hash)
                    .map_err(|error| invalid(error.to_string()))?,
                nar_size: row
                    .size
                    .and_then(|size| u64::try_from(size).ok())
                    .unwrap_or(0),
                references: self.references_of(row.id)?,
                deriver: row.deriver.map(|text| self.parse(&text)).transpose()?,
                registration_time: row.time,
                ultimate: row.ultimate == Some(1),
                signatures: texts
                    .filter(|text| !text.is_empty())
                    .map(str::to_owned)
                    .collect(),
                content_address: row
                    .address
                    .filter(|text| !text.is_empty())
                    .map(|text| text.parse())
                    .transpose()
                    .map_err(|error: nix_wire::content_address::ContentAddressError| {
                        invalid(error.to_string())
                    })?,
            }))
        })
    }

    fn references_of(&self, id: i64) -> Result<BTreeSet<StorePath>> {
        self.paths(
            "select path from Refs join ValidPaths on reference = id where referrer = ?",
            [id],
        )
    }

    /// The registered objects that refer to this one.
    pub(crate) fn referrers(&self, path: &StorePath) -> Result<BTreeSet<StorePath>> {
        self.paths(
            "select path from Refs join ValidPaths on referrer = id \
             where reference = (select id from ValidPaths where path = ?)",
            [self.layout.print(path)],
        )
    }

    /// The registered derivations of which this is an output.
    pub(crate) fn valid_derivers(&self, path: &StorePath) -> Result<BTreeSet<StorePath>> {
        self.paths(
            "select v.path from DerivationOutputs d join ValidPaths v on d.drv = v.id \
             where d.path = ?",
            [self.layout.print(path)],
        )
    }

    /// All registered objects.
    pub(crate) fn all_valid_paths(&self) -> Result<BTreeSet<StorePath>> {
        self.paths("select path from ValidPaths", [])
    }

    /// The outputs of a registered derivation whose paths are known, by name.
    pub(crate) fn derivation_outputs(
        &self,
        derivation: &StorePath,
    ) -> Result<BTreeMap<String, StorePath>> {
        let rows: Vec<(String, String)> = self
            .connection
            .prepare_cached(
                "select d.id, d.path from DerivationOutputs d join ValidPaths v on d.drv = v.id \
                 where v.path = ?",
            )
            .and_then(|mut statement| {
                statement
                    .query_map([self.layout.print(derivation)], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })?
                    .collect()
            })
            .map_err(|error| self.error(error))?;
        rows.into_iter()
            .map(|(name, path)| Ok((name, self.parse(&path)?)))
            .collect()
    }

    /// The registered object whose path begins with this hash part.
    pub(crate) fn path_from_hash_part(&self, hash_part: &str) -> Result<Option<StorePath>> {
        if hash_part.len() != HASH_PART_LENGTH {
            return Ok(None);
        }
        let prefix = format!("{}/{hash_part}", self.layout.store_dir);
        // An order rather than a pattern, so that the index is used.
        let path: Option<String> = self
            .connection
            .prepare_cached("select path from ValidPaths where path >= ? limit 1")
            .and_then(|mut statement| statement.query_row([&prefix], |row| row.get(0)).optional())
            .map_err(|error| self.error(error))?;
        path.filter(|path| path.starts_with(&prefix))
            .map(|path| self.parse(&path))
            .transpose()
    }

    /// These objects and all that they refer to, directly or not.
    pub(crate) fn closure<'a>(
        &self,
        roots: impl IntoIterator<Item = &'a StorePath>,
    ) -> Result<BTreeSet<StorePath>> {
        self.reading(|| {
            let mut closure = BTreeSet::new();
            let mut visited = HashSet::new();
            let mut pending = Vec::new();
            for path in roots {
                let id = self
                    .id(path)?
                    .ok_or_else(|| StoreError::InvalidPath(self.layout.print(path)))?;
                if visited.insert(id) {
                    closure.insert(path.clone());
                    pending.push(id);
                }
            }
            let mut statement = self
                .connection
                .prepare_cached(
                    "select id, path from Refs join ValidPaths on reference = id \
                     where referrer = ?",
                )
                .map_err(|error| self.error(error))?;
            while let Some(id) = pending.pop() {
                let rows: Vec<(i64, String)> = statement
                    .query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))
                    .and_then(Iterator::collect)
                    .map_err(|error| self.error(error))?;
                for (id, path) in rows {
                    if visited.insert(id) {
                        closure.insert(self.parse(&path)?);
                        pending.push(id);
                    }
                }
            }
            Ok(closure)
        })
    }

    /// All questions within see the database as it is now, and are quicker for it.
    pub(super) fn reading<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if !self.connection.is_autocommit() {
            return work();
        }
        let transaction = self
            .connection
            .unchecked_transaction()
            .map_err(|error| self.error(error))?;
        let result = work()?;
        transaction.commit().map_err(|error| self.error(error))?;
        Ok(result)
    }

    fn paths(&self, query: &str, parameters: impl Params) -> Result<BTreeSet<StorePath>> {
        let texts: Vec<String> = self
            .connection
            .prepare_cached(query)
            .and_then(|mut statement| statement.query_map(parameters, |row| row.get(0))?.collect())
            .map_err(|error| self.error(error))?;
        texts.iter().map(|text| self.parse(text)).collect()
    }

    fn parse(&self, text: &str) -> Result<StorePath> {
        self.layout
            .store_dir
            .parse(text)
            .map_err(|error| StoreError::InvalidEntry {
                path: text.to_owned(),
                reason: error.to_string(),
            })
    }
}
