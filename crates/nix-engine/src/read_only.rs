//! The world as an evaluator sees it that must not write to the store.

use std::path::Path;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use nix_eval::host::{
    AddPath, FetchAttrs, Fetched, Fetcher, FileType, Filter, Host, HostError, HostResult, Message,
    ReadOnlyHost,
};
use nix_eval::unit::CompiledFiles;
use nix_eval::{ContextElement, EvalError, Evaluator, Value};
use nix_wire::Derivation;

use crate::Shared;
use crate::host::EngineHost;

/// A host that computes store paths without writing what they stand for. What has to be fetched or
/// built is, since nothing could be read otherwise.
pub(crate) struct ReadOnlyEngineHost {
    computing: ReadOnlyHost,
    working: EngineHost,
}

impl ReadOnlyEngineHost {
    pub(crate) fn new(shared: Rc<Shared>, syntax: u32) -> HostResult<ReadOnlyEngineHost> {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let computing =
            ReadOnlyHost::new(shared.store.store_dir().as_str())?.with_time(since.as_secs() as i64);
        Ok(ReadOnlyEngineHost {
            computing,
            working: EngineHost::new(shared, syntax),
        })
    }

    fn is_computed(&self, path: &str) -> bool {
        path.ends_with(".drv") && self.computing.read_derivation(path).is_ok()
    }
}

impl Host for ReadOnlyEngineHost {
    fn read_file(&self, path: &Path) -> HostResult<Vec<u8>> {
        self.computing.read_file(&self.working.located(path))
    }

    fn file_type(&self, path: &Path) -> HostResult<Option<FileType>> {
        self.computing.file_type(&self.working.located(path))
    }

    fn read_dir(&self, path: &Path) -> HostResult<Vec<(Vec<u8>, FileType)>> {
        self.computing.read_dir(&self.working.located(path))
    }

    fn read_link(&self, path: &Path) -> HostResult<Vec<u8>> {
        self.computing.read_link(&self.working.located(path))
    }

    fn environment_variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.working.environment_variable(name)
    }

    fn home_directory(&self) -> Option<Vec<u8>> {
        self.working.home_directory()
    }

    fn current_time(&self) -> i64 {
        self.computing.current_time()
    }

    fn store_dir(&self) -> &str {
        self.computing.store_dir()
    }

    fn add_text(&self, name: &str, text: &[u8], references: &[String]) -> HostResult<String> {
        self.computing.add_text(name, text, references)
    }

    fn add_path(
        &self,
        request: &AddPath<'_>,
        filter: Option<&mut Filter<'_>>,
    ) -> Result<String, Box<EvalError>> {
        self.computing.add_path(request, filter)
    }

    fn add_derivation(&self, path: &str, derivation: &Derivation, text: &[u8]) -> HostResult<()> {
        self.computing.add_derivation(path, derivation, text)
    }

    fn read_derivation(&self, path: &str) -> HostResult<Derivation> {
        self.computing.read_derivation(path)
    }

    fn is_valid_path(&self, path: &str) -> HostResult<bool> {
        if self.is_computed(path) {
            return Ok(true);
        }
        self.working.is_valid_path(path)
    }

    fn references(&self, path: &str) -> HostResult<Vec<String>> {
        if self.is_computed(path) {
            self.computing.references(path)
        } else {
            self.working.references(path)
        }
    }

    fn closure(&self, path: &str) -> HostResult<Vec<String>> {
        if self.is_computed(path) {
            self.computing.closure(path)
        } else {
            self.working.closure(path)
        }
    }

    fn search_path_entry(&self, entry: &str) -> HostResult<Option<String>> {
        self.working.search_path_entry(entry)
    }

    fn ensure_path(&self, _: &str) -> HostResult<()> {
        // That a path could be had is not asked where nothing is written.
        Ok(())
    }

    fn realise(&self, elements: &[ContextElement]) -> HostResult<Vec<(String, String)>> {
        for element in elements {
            if let ContextElement::Built { drv, .. } = element {
                let path = String::from_utf8_lossy(drv);
                if !self.working.is_valid_path(&path)? {
                    return Err(HostError::new(format!(
                        "cannot build '{path}' in an evaluation that must not write to the store"
                    )));
                }
            }
        }
        self.working.realise(elements)
    }

    fn fetch(&self, fetcher: Fetcher, attrs: &FetchAttrs, pure: bool) -> HostResult<Fetched> {
        self.working.fetch(fetcher, attrs, pure)
    }

    fn get_flake(&self, evaluator: &Evaluator, reference: &str) -> Result<Value, Box<EvalError>> {
        self.working.get_flake(evaluator, reference)
    }

    fn parse_flake_reference(&self, reference: &str) -> HostResult<FetchAttrs> {
        self.working.parse_flake_reference(reference)
    }

    fn print_flake_reference(&self, attrs: &FetchAttrs) -> HostResult<String> {
        self.working.print_flake_reference(attrs)
    }

    fn compiled_files(&self) -> Option<&dyn CompiledFiles> {
        self.working.compiled_files()
    }

    fn message(&self, message: Message<'_>) {
        self.working.message(message);
    }
}
