//! Changes of the database.

use std::collections::{BTreeMap, HashMap};
use std::time::{SystemTime, UNIX_EPOCH};

use nix_wire::StorePath;
use rusqlite::{Transaction, TransactionBehavior, params};

use super::{Database, Result};
use crate::error::StoreError;
use nix_wire::PathInfo;

/// An object that is to be registered and, when it is a derivation, those of its outputs whose
/// paths are known.
#[derive(Debug, Clone)]
pub(crate) struct Registration {
    info: PathInfo,
    outputs: BTreeMap<String, StorePath>,
}

impl Registration {
    /// Whoever makes one of a derivation has looked whether its outputs are what follows from it.
    pub(crate) fn new(info: PathInfo, outputs: BTreeMap<String, StorePath>) -> Registration {
        Registration { info, outputs }
    }

    pub(crate) fn path(&self) -> &StorePath {
        &self.info.path
    }
}

impl Database {
    /// Registers the objects in one transaction: all or none. What they refer to has to be
    /// registered, or among them; those that are registered already are brought up to date.
    pub(crate) fn register(&self, registrations: &[Registration]) -> Result<()> {
        if registrations.is_empty() {
            return Ok(());
        }
        check_acyclic(registrations, |path| self.layout.print(path))?;
        self.retry(|| {
            let transaction = self.writing()?;
            let mut ids = HashMap::new();
            for registration in registrations {
                let id = self.insert_or_update(registration)?;
                ids.insert(&registration.info.path, id);
            }
            for registration in registrations {
                let info = &registration.info;
                for reference in &info.references {
                    let id = match ids.get(reference) {
                        Some(id) => Some(*id),
                        None => self.id(reference)?,
                    };
                    let id =
                        id.ok_or_else(|| StoreError::InvalidPath(self.layout.print(reference)))?;
                    self.execute(
                        "insert or replace into Refs (referrer, reference) values (?, ?)",
                        params![ids[&info.path], id],
                    )?;
                }
            }
            transaction.commit().map_err(|error| self.error(error))
        })
    }

    fn insert_or_update(&self, registration: &Registration) -> Result<i64> {
        let info = &registration.info;
        let path = self.layout.print(&info.path);
        let hash = format!("{}:{}", info.nar_hash.algorithm(), info.nar_hash.base16());
        let size = i64::try_from(info.nar_size).ok().filter(|size| *size > 0);
        let ultimate = info.ultimate.then_some(1);
        let signatures = Some(info.signatures.join(" ")).filter(|text| !text.is_empty());
        let address = info.content_address.map(|address| address.to_string());
        if let Some(id) = self.id(&info.path)? {
            self.execute(
                "update ValidPaths set narSize = ?, hash = ?, ultimate = ?, sigs = ?, ca = ? \
                 where id = ?",
                params![size, hash, ultimate, signatures, address, id],
            )?;
            return Ok(id);
        }
        let time = match info.registration_time {
            0 => now(),
            time => time,
        };
        let deriver = info.deriver.as_ref().map(|path| self.layout.print(path));
        self.execute(
            "insert into ValidPaths \
             (path, hash, registrationTime, deriver, narSize, ultimate, sigs, ca) \
             values (?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                path, hash, time, deriver, size, ultimate, signatures, address
            ],
        )?;
        let id = self.connection.last_insert_rowid();
        for (name, output) in &registration.outputs {
            self.execute(
                "insert or replace into DerivationOutputs (drv, id, path) values (?, ?, ?)",
                params![id, name, self.layout.print(output)],
            )?;
        }
        Ok(id)
    }

    /// Adds signatures to those of a valid object.
    pub(crate) fn add_signatures(&self, path: &StorePath, signatures: &[String]) -> Result<()> {
        self.retry(|| {
            let transaction = self.writing()?;
            let Some(mut info) = self.path_info(path)? else {
                return Err(StoreError::InvalidPath(self.layout.print(path)));
            };
            for signature in signatures {
                if !info.signatures.contains(signature) {
                    info.signatures.push(signature.clone());
                }
            }
            self.execute(
                "update ValidPaths set sigs = ? where path = ?",
                params![info.signatures.join(" "), self.layout.print(path)],
            )?;
            transaction.commit().map_err(|error| self.error(error))
        })
    }

    /// Forgets an object. Nothing registered may refer to it.
    pub(crate) fn invalidate(&self, path: &StorePath) -> Result<()> {
        self.retry(|| {
            let transaction = self.writing()?;
            if let Some(referrer) = self
                .referrers(path)?
                .into_iter()
                .find(|other| other != path)
            {
                return Err(StoreError::InUse {
                    path: self.layout.print(path),
                    referrer: self.layout.print(&referrer),
                });
            }
            self.execute(
                "delete from ValidPaths where path = ?",
                [self.layout.print(path)],
            )?;
            transaction.commit().map_err(|error| self.error(error))
        })
    }

    pub(super) fn execute(&self, statement: &str, parameters: impl rusqlite::Params) -> Result<()> {
        self.connection
            .prepare_cached(statement)
            .and_then(|mut statement| statement.execute(parameters))
            .map_err(|error| self.error(error))?;
        Ok(())
    }

    /// A transaction that nobody else can get ahead of once it has begun.
    pub(super) fn writing(&self) -> Result<Transaction<'_>> {
        Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)
            .map_err(|error| self.error(error))
    }
}

fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Objects may refer to themselves, but not to each other in a circle: neither could be deleted.
fn check_acyclic(
    registrations: &[Registration],
    print: impl Fn(&StorePath) -> String,
) -> Result<()> {
    let by_path: HashMap<&StorePath, &PathInfo> = registrations
        .iter()
        .map(|one| (&one.info.path, &one.info))
        .collect();
    // Absent: not visited; false: being visited; true: done.
    let mut done: HashMap<&StorePath, bool> = HashMap::new();
    for root in registrations.iter().map(|one| &one.info.path) {
        let mut stack = vec![(root, false)];
        while let Some((path, leave)) = stack.pop() {
            if leave {
                done.insert(path, true);
                continue;
            }
            if done.contains_key(path) {
                continue;
            }
            done.insert(path, false);
            stack.push((path, true));
            let Some(info) = by_path.get(path) else {
                continue;
            };
            for reference in info.references.iter().filter(|other| *other != path) {
                match done.get(reference) {
                    Some(true) => {}
                    Some(false) => {
                        return Err(StoreError::Cycle {
                            path: print(reference),
                            parent: print(path),
                        });
                    }
                    None => stack.push((reference, false)),
                }
            }
        }
    }
    Ok(())
}
