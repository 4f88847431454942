//! The store as a builder may know it: what the build depends on, and what the builder added.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix_wire::{ContentAddressMethod, HashAlgorithm, PathInfo, StoreDir, StorePath};

use super::super::{
    BuildError, BuildErrors, BuildMode, BuildOptions, Cancellation, Observer, Wanted,
};
use super::{Appearance, unknown};
use crate::error::StoreError;
use crate::gc::{Collected, GcObserver, GcOptions};
use crate::local::{LocalStore, Text};
use crate::store::{Import, Missing, Store};

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// A store that has no more than these objects.
#[derive(Debug)]
pub(super) struct Restricted {
    next: LocalStore,
    inputs: BTreeSet<StorePath>,
    added: Mutex<BTreeSet<StorePath>>,
    /// How what is added appears in the builder's sandbox.
    appearance: Option<Appearance>,
}

impl Restricted {
    pub(super) fn new(
        next: LocalStore,
        inputs: BTreeSet<StorePath>,
        appearance: Option<Appearance>,
    ) -> Restricted {
        Restricted {
            next,
            inputs,
            added: Mutex::default(),
            appearance,
        }
    }

    pub(super) fn started(&self, process: u32) {
        if let Some(appearance) = &self.appearance {
            appearance.started(process);
        }
    }

    pub(super) fn added(&self) -> BTreeSet<StorePath> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<StorePath>> {
        self.added.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_known(&self, path: &StorePath) -> bool {
        self.inputs.contains(path) || self.lock().contains(path)
    }

    fn require_known(&self, action: &str, path: &StorePath) -> Result<()> {
        match self.is_known(path) {
            true => Ok(()),
            false => Err(unknown(&self.next, action, path)),
        }
    }

    /// From now on the builder knows of a valid object.
    fn add(&self, path: &StorePath) -> Result<()> {
        if self.inputs.contains(path) {
            return Ok(());
        }
        let mut added = self.lock();
        if added.contains(path) {
            return Ok(());
        }
        self.next.add_temporary_roots([path])?;
        if let Some(appearance) = &self.appearance {
            let target = self.next.layout().print(path);
            let source = self.next.layout().real_path(path);
            appearance.add(&source, Path::new(&target))?;
        }
        added.insert(path.clone());
        Ok(())
    }
}

impl Store for Restricted {
    fn uri(&self) -> String {
        Store::uri(&self.next)
    }

    fn store_dir(&self) -> &StoreDir {
        self.next.store_dir()
    }

    fn trusts_us(&self) -> Result<Option<bool>> {
        Ok(Some(false))
    }

    fn connect(&self) -> Result<()> {
        self.next.connect()
    }

    /// Without what differs from machine to machine.
    fn path_info(&self, path: &StorePath) -> Result<Option<PathInfo>> {
        if !self.is_known(path) {
            return Ok(None);
        }
        let info = self.next.path_info(path)?;
        Ok(info.map(|info| PathInfo {
            deriver: None,
            registration_time: 0,
            ultimate: false,
            signatures: Default::default(),
            ..info
        }))
    }

    fn all_valid_paths(&self) -> Result<BTreeSet<StorePath>> {
        let mut paths = self.added();
        paths.extend(self.inputs.iter().cloned());
        Ok(paths)
    }

    fn referrers(&self, _path: &StorePath) -> Result<BTreeSet<StorePath>> {
        Ok(BTreeSet::new())
    }

    fn derivation_outputs(
        &self,
        derivation: &StorePath,
    ) -> Result<BTreeMap<String, Option<StorePath>>> {
        self.require_known("query output map for unknown", derivation)?;
        Store::derivation_outputs(&self.next, derivation)
    }

    fn export_archive(&self, path: &StorePath, sink: &mut dyn Write) -> Result<()> {
        self.require_known("dump unknown", path)?;
        self.next.export_archive(path, sink)
    }

    fn import(&self, info: &PathInfo, source: &mut dyn Read, how: Import) -> Result<()> {
        self.next.import(info, source, how)?;
        self.add(&info.path)
    }

    fn add_texts(&self, texts: &[Text]) -> Result<()> {
        self.next.add_texts(texts)?;
        texts.iter().try_for_each(|text| self.add(text.path()))
    }

    fn add_dump(
        &self,
        name: &str,
        source: &mut dyn Read,
        method: ContentAddressMethod,
        algorithm: HashAlgorithm,
        references: &BTreeSet<StorePath>,
        repair: bool,
    ) -> Result<PathInfo> {
        let next = &self.next;
        let info = next.add_dump(name, source, method, algorithm, references, repair)?;
        self.add(&info.path)?;
        self.require(&info.path)
    }

    fn build(
        &self,
        wanted: &[Wanted],
        options: &BuildOptions,
        cancellation: &Cancellation,
        observer: &dyn Observer,
    ) -> Result<Vec<BTreeMap<String, StorePath>>, BuildErrors> {
        if options.mode != BuildMode::Normal {
            return Err(BuildError::Other("unsupported build mode".to_owned()).into());
        }
        if let Some(path) = wanted.iter().map(path_of).find(|path| !self.is_known(path)) {
            return Err(BuildError::Other(format!(
                "cannot build '{}' in recursive Nix because path is unknown",
                self.next.layout().print(path)
            ))
            .into());
        }
        let built = self.next.build(wanted, options, cancellation, observer)?;
        let outputs: BTreeSet<StorePath> =
            built.iter().flat_map(BTreeMap::values).cloned().collect();
        let closure = self.next.closure(&outputs).map_err(BuildError::from)?;
        for path in &closure {
            self.add(path).map_err(BuildError::from)?;
        }
        Ok(built)
    }

    fn missing(&self, wanted: &[Wanted]) -> Result<Missing, BuildErrors> {
        let (known, unknown): (Vec<Wanted>, Vec<Wanted>) = wanted
            .iter()
            .cloned()
            .partition(|wanted| self.is_known(path_of(wanted)));
        let mut missing = self.next.missing(&known)?;
        missing.unknown.extend(unknown.iter().map(path_of).cloned());
        Ok(missing)
    }

    fn add_indirect_root(&self, _link: &Path) -> Result<()> {
        // What the builder links to, it keeps by referring to it.
        Ok(())
    }

    fn find_roots(&self) -> Result<BTreeMap<StorePath, BTreeSet<String>>> {
        Ok(BTreeMap::new())
    }

    fn collect_garbage(
        &self,
        _options: &GcOptions,
        _cancellation: &Cancellation,
        _observer: &mut dyn GcObserver,
    ) -> Result<Collected> {
        Ok(Collected::default())
    }
}

fn path_of(wanted: &Wanted) -> &StorePath {
    match wanted {
        Wanted::Object(path)
        | Wanted::Outputs {
            derivation: path, ..
        } => path,
    }
}
