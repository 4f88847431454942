//! The world as an evaluation sees it whose flake is mounted and whose reads are recorded.

use std::path::Path;
use std::rc::Rc;

use nix_eval::host::{
    AddMethod, AddPath, FetchAttr, FetchAttrs, Fetched, Fetcher, FileType, Filter, Host, HostError,
    HostResult, Message,
};
use nix_eval::unit::{CompiledFiles, Unit};
use nix_eval::{ContextElement, EvalError, Evaluator, Value};
use nix_store::{Dump, ReadTree};
use nix_wire::nar::Tree;
use nix_wire::{ContentAddressMethod, Derivation, Hash, HashAlgorithm, StorePath};

use super::recording::{Recording, spoiled};
use crate::Shared;
use crate::host::{EngineHost, LARGEST_PENDING};

/// A host that reads the flake's files where they are and writes down what is read.
pub(crate) struct RecordedHost {
    working: EngineHost,
    shared: Rc<Shared>,
    recording: Rc<Recording>,
}

fn failed(error: impl std::fmt::Display) -> HostError {
    HostError::new(error.to_string())
}

impl RecordedHost {
    pub(crate) fn new(shared: Rc<Shared>, syntax: u32, recording: Rc<Recording>) -> RecordedHost {
        RecordedHost {
            working: EngineHost::new(Rc::clone(&shared), syntax),
            shared,
            recording,
        }
    }

    /// Fails if a text that leaves the evaluation has the path of the mounted tree in it.
    fn check(&self, text: &str) -> HostResult<()> {
        match self.recording.mounts.look_into(text.as_bytes()) {
            true => Err(spoiled()),
            false => Ok(()),
        }
    }

    fn check_attrs(&self, attrs: &FetchAttrs) -> HostResult<()> {
        for (name, value) in attrs {
            self.check(name)?;
            if let FetchAttr::String(text) = value {
                self.check(text)?;
            }
        }
        Ok(())
    }

    /// Copies a recorded path to the store.
    fn add_recorded(
        &self,
        request: &AddPath<'_>,
        method: ContentAddressMethod,
        filter: Option<&mut Filter<'_>>,
    ) -> Result<StorePath, Box<EvalError>> {
        let recording = &self.recording;
        let size = recording.size_of_file(request.path);
        if filter.is_none() && size.is_some_and(|size| size <= LARGEST_PENDING) {
            let dump =
                |tree: &mut dyn Tree| Dump::of(tree, method, HashAlgorithm::Sha256, usize::MAX);
            let dump = recording.copy(request.path, None, &mut None, dump);
            let dump = dump.map_err(failed)?;
            let store_dir = self.shared.store.store_dir();
            let small = ReadTree::of(store_dir, request.name, dump).map_err(failed)?;
            if let Some(tree) = small {
                let path = tree.path().clone();
                self.shared.pending.borrow_mut().trees.push(tree);
                return Ok(path);
            }
        }
        // A filter is a Nix function: its failure has to come back as it was.
        let mut failure: Option<Box<EvalError>> = None;
        let added = recording.copy(request.path, filter, &mut failure, |tree| {
            let store = &self.shared.store;
            store.add_tree(request.name, tree, method, HashAlgorithm::Sha256)
        });
        match failure {
            Some(error) => Err(error),
            None => Ok(added.map_err(failed)?.path),
        }
    }
}

impl Host for RecordedHost {
    fn read_file(&self, path: &Path) -> HostResult<Vec<u8>> {
        match self.recording.read_file(path)? {
            Some(bytes) => Ok(bytes),
            None => self.working.read_file(path),
        }
    }

    fn file_type(&self, path: &Path) -> HostResult<Option<FileType>> {
        match self.recording.file_type(path)? {
            Some(kind) => Ok(kind),
            None => self.working.file_type(path),
        }
    }

    fn read_dir(&self, path: &Path) -> HostResult<Vec<(Vec<u8>, FileType)>> {
        // The copy of the tree would be among its entries.
        if path == Path::new(self.store_dir()) {
            self.recording.mounts.observe_path();
            return Err(spoiled());
        }
        match self.recording.read_dir(path)? {
            Some(entries) => Ok(entries),
            None => self.working.read_dir(path),
        }
    }

    fn read_link(&self, path: &Path) -> HostResult<Vec<u8>> {
        match self.recording.read_link(path)? {
            Some(target) => Ok(target),
            None => self.working.read_link(path),
        }
    }

    fn environment_variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        let value = self.working.environment_variable(name);
        let mut reads = self.recording.reads.borrow_mut();
        reads.note_variable(name, value.as_deref());
        value
    }

    fn home_directory(&self) -> Option<Vec<u8>> {
        self.working.home_directory()
    }

    fn current_time(&self) -> i64 {
        self.recording.note_volatile();
        self.working.current_time()
    }

    fn store_dir(&self) -> &str {
        self.working.store_dir()
    }

    fn add_text(&self, name: &str, text: &[u8], references: &[String]) -> HostResult<String> {
        self.check(name)?;
        self.check(&references.concat())?;
        if self.recording.mounts.look_into(text) {
            return Err(spoiled());
        }
        self.working.add_text(name, text, references)
    }

    fn add_path(
        &self,
        request: &AddPath<'_>,
        filter: Option<&mut Filter<'_>>,
    ) -> Result<String, Box<EvalError>> {
        self.check(request.name)?;
        if !self.recording.covers(request.path) {
            return self.working.add_path(request, filter);
        }
        let store_dir = self.shared.store.store_dir();
        let method = match request.method {
            AddMethod::Flat => ContentAddressMethod::Flat,
            AddMethod::Recursive => ContentAddressMethod::NixArchive,
        };
        let wanted = request
            .expected
            .and_then(|digest| Hash::from_digest(HashAlgorithm::Sha256, &digest))
            .map(|hash| store_dir.content_path(request.name, method, &hash, Default::default()))
            .transpose()
            .map_err(failed)?;
        if let Some(path) = &wanted
            && self.shared.store.is_valid(path).map_err(failed)?
        {
            return Ok(store_dir.print(path));
        }
        let added = self.add_recorded(request, method, filter)?;
        if wanted.is_some_and(|wanted| wanted != added) {
            return Err(failed("another hash than expected").into());
        }
        Ok(store_dir.print(&added))
    }

    fn add_derivation(&self, path: &str, derivation: &Derivation, text: &[u8]) -> HostResult<()> {
        if self.recording.mounts.look_into(text) {
            return Err(spoiled());
        }
        self.working.add_derivation(path, derivation, text)
    }

    fn read_derivation(&self, path: &str) -> HostResult<Derivation> {
        self.check(path)?;
        self.working.read_derivation(path)
    }

    fn is_valid_path(&self, path: &str) -> HostResult<bool> {
        if self.recording.is_mounted(path) {
            return Ok(true);
        }
        self.working.is_valid_path(path)
    }

    fn references(&self, path: &str) -> HostResult<Vec<String>> {
        if self.recording.is_mounted(path) {
            return Ok(Vec::new());
        }
        self.working.references(path)
    }

    fn closure(&self, path: &str) -> HostResult<Vec<String>> {
        self.check(path)?;
        self.working.closure(path)
    }

    fn search_path_entry(&self, entry: &str) -> HostResult<Option<String>> {
        self.check(entry)?;
        self.recording.note_volatile();
        self.working.search_path_entry(entry)
    }

    fn ensure_path(&self, path: &str) -> HostResult<()> {
        if self.recording.is_mounted(path) {
            return Ok(());
        }
        self.working.ensure_path(path)
    }

    fn realise(&self, elements: &[ContextElement]) -> HostResult<Vec<(String, String)>> {
        self.working.realise(elements)
    }

    fn fetch(&self, fetcher: Fetcher, attrs: &FetchAttrs, pure: bool) -> HostResult<Fetched> {
        self.check_attrs(attrs)?;
        if !pure {
            self.recording.note_volatile();
        }
        self.working.fetch(fetcher, attrs, pure)
    }

    fn get_flake(&self, evaluator: &Evaluator, reference: &str) -> Result<Value, Box<EvalError>> {
        self.check(reference)?;
        if !evaluator.settings().pure_eval {
            self.recording.note_volatile();
        }
        self.working.get_flake(evaluator, reference)
    }

    fn parse_flake_reference(&self, reference: &str) -> HostResult<FetchAttrs> {
        self.check(reference)?;
        self.working.parse_flake_reference(reference)
    }

    fn print_flake_reference(&self, attrs: &FetchAttrs) -> HostResult<String> {
        self.check_attrs(attrs)?;
        self.working.print_flake_reference(attrs)
    }

    fn compiled_files(&self) -> Option<&dyn CompiledFiles> {
        self.working.compiled_files().map(|_| self as _)
    }

    fn message(&self, message: Message<'_>) {
        let mounts = &self.recording.mounts;
        mounts.look_into(message.text().as_bytes());
        // What is wrong is not told: the right evaluation will tell.
        if !mounts.observed().anything() {
            self.working.message(message);
        }
    }
}

impl CompiledFiles for RecordedHost {
    fn find(&self, path: &Path) -> Option<Unit> {
        // It has to be known what was read.
        match self.recording.covers(path) {
            true => None,
            false => self.working.compiled_files()?.find(path),
        }
    }

    fn find_text(&self, path: &Path, text: &[u8]) -> Option<Unit> {
        self.working.compiled_files()?.find_text(path, text)
    }

    fn keep(&self, path: &Path, text: &[u8], unit: &Unit) {
        if let Some(kept) = self.working.compiled_files() {
            kept.keep(path, text, unit);
        }
    }
}
