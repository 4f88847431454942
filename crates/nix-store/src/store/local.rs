//! The local store as any other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use nix_wire::nar::Tree;
use nix_wire::{ContentAddressMethod, Derivation, HashAlgorithm, StoreDir, StorePath};

use super::spool::Spool;
use super::{Import, Missing, Result, Store};
use crate::build::{BuildErrors, BuildOptions, Cancellation, Observer, Wanted};
use crate::error::{During, StoreError};
use crate::gc::{Collected, GcObserver, GcOptions};
use crate::local::{LocalStore, ReadTree, Text};
use crate::modes;
use crate::optimise::Optimised;
use nix_wire::PathInfo;

#[allow(clippy::unused_self)]
impl Store for LocalStore {
    fn uri(&self) -> String {
        "local".to_owned()
    }

    fn store_dir(&self) -> &StoreDir {
        LocalStore::store_dir(self)
    }

    fn as_local(&self) -> Option<&LocalStore> {
        Some(self)
    }

    fn real_path(&self, path: &StorePath) -> Option<PathBuf> {
        Some(self.layout().real_path(path))
    }

    fn trusts_us(&self) -> Result<Option<bool>> {
        Ok(Some(true))
    }

    fn connect(&self) -> Result<()> {
        self.create()
    }

    fn path_info(&self, path: &StorePath) -> Result<Option<PathInfo>> {
        LocalStore::path_info(self, path)
    }

    fn is_valid(&self, path: &StorePath) -> Result<bool> {
        LocalStore::is_valid(self, path)
    }

    fn valid_among(
        &self,
        paths: &BTreeSet<StorePath>,
        _substitute: bool,
    ) -> Result<BTreeSet<StorePath>> {
        LocalStore::valid_among(self, paths)
    }

    fn closure(&self, paths: &BTreeSet<StorePath>) -> Result<BTreeSet<StorePath>> {
        LocalStore::closure(self, paths)
    }

    fn all_valid_paths(&self) -> Result<BTreeSet<StorePath>> {
        LocalStore::all_valid_paths(self)
    }

    fn referrers(&self, path: &StorePath) -> Result<BTreeSet<StorePath>> {
        LocalStore::referrers(self, path)
    }

    fn valid_derivers(&self, path: &StorePath) -> Result<BTreeSet<StorePath>> {
        LocalStore::valid_derivers(self, path)
    }

    fn derivation_outputs(
        &self,
        derivation: &StorePath,
    ) -> Result<BTreeMap<String, Option<StorePath>>> {
        let mut outputs = self.outputs_known_of(&self.read_derivation(derivation)?)?;
        for (name, path) in LocalStore::derivation_outputs(self, derivation)? {
            outputs.insert(name, Some(path));
        }
        Ok(outputs)
    }

    fn path_from_hash_part(&self, hash_part: &str) -> Result<Option<StorePath>> {
        LocalStore::path_from_hash_part(self, hash_part)
    }

    fn export_archive(&self, path: &StorePath, sink: &mut dyn Write) -> Result<()> {
        LocalStore::export_archive(self, path, sink)
    }

    fn read_derivation(&self, path: &StorePath) -> Result<Derivation> {
        LocalStore::read_derivation(self, path)
    }

    fn import(&self, info: &PathInfo, source: &mut dyn Read, how: Import) -> Result<()> {
        if how.check_signatures {
            self.require_trust(info)?;
        }
        self.import_archive(info, source)
    }

    fn import_from(&self, source: &dyn Store, infos: &[PathInfo], how: Import) -> Result<()> {
        if how.check_signatures {
            for info in infos {
                self.require_trust(info)?;
            }
        }
        self.import_all(source, infos)
    }

    fn add_texts(&self, texts: &[Text]) -> Result<()> {
        LocalStore::add_texts(self, texts)
    }

    fn add_trees(&self, trees: &[ReadTree]) -> Result<()> {
        LocalStore::add_trees(self, trees)
    }

    fn add_dump(
        &self,
        name: &str,
        source: &mut dyn Read,
        method: ContentAddressMethod,
        algorithm: HashAlgorithm,
        references: &BTreeSet<StorePath>,
        _repair: bool,
    ) -> Result<PathInfo> {
        self.create()?;
        let directory = &self.layout().real_store_dir;
        let spool = Spool::read(source, method, algorithm, Some(directory))?;
        let info = spool.path_info(LocalStore::store_dir(self), name, references)?;
        self.import_archive(&info, &mut spool.archive()?)?;
        LocalStore::require(self, &info.path)
    }

    fn add_tree(
        &self,
        name: &str,
        tree: &mut dyn Tree,
        method: ContentAddressMethod,
        algorithm: HashAlgorithm,
    ) -> Result<PathInfo> {
        LocalStore::add_tree(self, name, tree, method, algorithm)
    }

    fn add_signatures(&self, path: &StorePath, signatures: &[String]) -> Result<()> {
        self.with_database(|database| database.add_signatures(path, signatures))
    }

    fn build(
        &self,
        wanted: &[Wanted],
        options: &BuildOptions,
        cancellation: &Cancellation,
        observer: &dyn Observer,
    ) -> Result<Vec<BTreeMap<String, StorePath>>, BuildErrors> {
        LocalStore::build(self, wanted, options, cancellation, observer)
    }

    fn build_derivation(
        &self,
        path: &StorePath,
        derivation: &Derivation,
        options: &BuildOptions,
        cancellation: &Cancellation,
        observer: &dyn Observer,
    ) -> Result<BTreeMap<String, StorePath>, BuildErrors> {
        self.build_given(path, derivation, options, cancellation, observer)
    }

    fn missing(&self, wanted: &[Wanted]) -> Result<Missing, BuildErrors> {
        Ok(Missing {
            build: self.plan_build(wanted)?,
            ..Missing::default()
        })
    }

    fn add_temporary_root(&self, path: &StorePath) -> Result<()> {
        self.add_temporary_roots([path])
    }

    fn add_indirect_root(&self, link: &Path) -> Result<()> {
        LocalStore::add_indirect_root(self, link)
    }

    fn add_permanent_root(&self, object: &StorePath, link: &Path) -> Result<PathBuf> {
        LocalStore::add_permanent_root(self, object, link)
    }

    fn find_roots(&self) -> Result<BTreeMap<StorePath, BTreeSet<String>>> {
        Ok(LocalStore::find_roots(self)?
            .into_iter()
            .map(|(path, roots)| (path, roots.iter().map(ToString::to_string).collect()))
            .collect())
    }

    fn live_paths(&self, options: &GcOptions) -> Result<BTreeSet<StorePath>> {
        LocalStore::live_paths(self, options)
    }

    fn collect_garbage(
        &self,
        options: &GcOptions,
        cancellation: &Cancellation,
        observer: &mut dyn GcObserver,
    ) -> Result<Collected> {
        LocalStore::collect_garbage(self, options, cancellation, observer)
    }

    fn optimise_store(&self, cancellation: &Cancellation) -> Result<Optimised> {
        self.optimise(cancellation)
    }

    fn verify_store(&self, contents: bool, repair: bool) -> Result<bool> {
        if repair {
            return Err(Store::unsupported(self, "repairPath"));
        }
        Ok(!self.verify(contents)?.is_empty())
    }

    fn build_log(&self, derivation: &StorePath) -> Result<Option<Vec<u8>>> {
        let log = self.layout().read_build_log(derivation)?;
        if log.is_some() || !LocalStore::is_valid(self, derivation)? {
            return Ok(log);
        }
        // What depends on outputs without known paths is built as the derivation that has those of
        // its inputs, which has the log.
        let Ok(resolved) = self.resolved(&LocalStore::read_derivation(self, derivation)?) else {
            return Ok(None);
        };
        let (built, _) = resolved
            .path_and_text(LocalStore::store_dir(self))
            .map_err(|error| StoreError::Derivation {
                path: self.layout().print(derivation),
                error,
            })?;
        self.layout().read_build_log(&built)
    }

    fn add_build_log(&self, derivation: &StorePath, log: &[u8]) -> Result<()> {
        let file = self.layout().compressed_build_log(derivation);
        if let Some(directory) = file.parent() {
            modes::create_dir_all(directory).during("create directory", directory)?;
        }
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
        encoder.write_all(log).during("compress", &file)?;
        let compressed = encoder.finish().during("compress", &file)?;
        fs::write(&file, compressed).during("write", &file)
    }
}
