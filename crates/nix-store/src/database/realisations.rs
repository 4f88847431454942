//! The tables for content-addressed derivations, which are made when they are first written. Their
//! names, columns and version are Nix's.

use std::fs;
use std::io;

use nix_wire::{Hash, StorePath};
use rusqlite::{OptionalExtension, params};

use super::{Database, Result};
use crate::error::{During, StoreError};

/// What the file `ca-schema` says.
const VERSION: &str = "4";

/// The triggers break the circle of an object that is an output of a derivation that it depends on.
const CREATE: &str = "
create table if not exists Realisations (
    id         integer primary key autoincrement not null,
    drvPath    text not null,
    outputName text not null,
    outputPath integer not null,
    signatures text,
    foreign key (outputPath) references ValidPaths(id) on delete cascade
);
create index if not exists IndexRealisations on Realisations(drvPath, outputName);
create table if not exists RealisationsRefs (
    referrer             integer not null,
    realisationReference integer,
    foreign key (referrer) references Realisations(id) on delete cascade,
    foreign key (realisationReference) references Realisations(id) on delete restrict
);
create trigger if not exists DeleteSelfRefsViaRealisations before delete on ValidPaths
  begin
    delete from RealisationsRefs where realisationReference in (
      select id from Realisations where outputPath = old.id
    );
  end;
create index if not exists IndexRealisationsRefsRealisationReference
    on RealisationsRefs(realisationReference);
create index if not exists IndexRealisationsRefs on RealisationsRefs(referrer);
create index if not exists IndexRealisationsRefsOnOutputPath on Realisations(outputPath);
";

impl Database {
    /// The path that was built for an output.
    pub(crate) fn realisation(&self, derivation: &Hash, output: &str) -> Result<Option<StorePath>> {
        if !self.has_realisations()? {
            return Ok(None);
        }
        let path: Option<String> = self.reading(|| {
            self.connection
                .prepare_cached(
                    "select path from Realisations join ValidPaths \
                     on ValidPaths.id = Realisations.outputPath \
                     where drvPath = ? and outputName = ?",
                )
                .and_then(|mut statement| {
                    statement
                        .query_row(params![key(derivation), output], |row| row.get(0))
                        .optional()
                })
                .map_err(|error| self.error(error))
        })?;
        Ok(path
            .map(|path| self.layout.store_dir.parse(&path))
            .transpose()?)
    }

    /// Records the path that was built for an output, unless one is.
    pub(crate) fn register_realisation(
        &self,
        derivation: &Hash,
        output: &str,
        path: &StorePath,
    ) -> Result<()> {
        self.create_realisations()?;
        self.retry(|| {
            let transaction = self.writing()?;
            let id = self
                .id(path)?
                .ok_or_else(|| StoreError::InvalidPath(self.layout.print(path)))?;
            self.execute(
                "insert into Realisations (drvPath, outputName, outputPath, signatures) \
                 select ?1, ?2, ?3, '' where not exists \
                 (select 1 from Realisations where drvPath = ?1 and outputName = ?2)",
                params![key(derivation), output, id],
            )?;
            transaction.commit().map_err(|error| self.error(error))
        })
    }

    fn has_realisations(&self) -> Result<bool> {
        let path = self.layout.database_dir().join("ca-schema");
        match fs::read_to_string(&path) {
            Ok(text) if text.trim() == VERSION => Ok(true),
            Ok(text) => Err(StoreError::Schema {
                found: format!("{} of content-addressed derivations", text.trim()),
                supported: 4,
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error).during("read", &path),
        }
    }

    fn create_realisations(&self) -> Result<()> {
        if self.has_realisations()? {
            return Ok(());
        }
        self.retry(|| {
            let transaction = self.writing()?;
            transaction
                .execute_batch(CREATE)
                .map_err(|error| self.error(error))?;
            transaction.commit().map_err(|error| self.error(error))
        })?;
        let path = self.layout.database_dir().join("ca-schema");
        fs::write(&path, VERSION).during("write", &path)
    }
}

/// How a derivation is named in the table.
fn key(derivation: &Hash) -> String {
    format!("{}:{}", derivation.algorithm(), derivation.base16())
}
