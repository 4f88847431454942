//! The world as an evaluator of this engine sees it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use nix_eval::host::{
    AddMethod, AddPath, FetchAttr, FetchAttrs, Fetched, Fetcher, FileType, Filter, Host, HostError,
    HostResult, Message,
};
use nix_eval::unit::CompiledFiles;
use nix_eval::{ContextElement, ErrorKind, EvalError, Evaluator, Value};
use nix_store::build::Wanted;
use nix_store::{Dump, ReadTree, StoreError, Text};
use nix_wire::nar::{self, Filesystem, Tree};
use nix_wire::store_path::upstream_placeholder;
use nix_wire::{ContentAddressMethod, Derivation, Hash, HashAlgorithm, StorePath};

use crate::compiled::Compiled;
use crate::{DetailLevel, EngineError, Event, Shared, flakes};

/// Files up to this size are added to the store together with others.
pub(crate) const LARGEST_PENDING: u64 = 1 << 20;

/// A host on the store of an engine.
pub(crate) struct EngineHost {
    shared: Rc<Shared>,
    compiled: Option<Compiled>,
}

impl EngineHost {
    /// A host for an evaluation whose settings make of files what
    /// [`syntax`](nix_eval::Settings::syntax) says.
    pub(crate) fn new(shared: Rc<Shared>, syntax: u32) -> EngineHost {
        let cache = &shared.settings.cache;
        let compiled = shared.settings.keep_compiled;
        EngineHost {
            compiled: compiled.then(|| Compiled::open(cache, syntax)),
            shared,
        }
    }

    fn parse(&self, path: &str) -> HostResult<StorePath> {
        self.shared.store.store_dir().parse(path).map_err(failed)
    }

    fn print<'a>(&self, paths: impl IntoIterator<Item = &'a StorePath>) -> Vec<String> {
        let store_dir = self.shared.store.store_dir();
        paths
            .into_iter()
            .map(|path| store_dir.print(path))
            .collect()
    }

    /// Lets what an evaluation made be found by those who look into the store for it, and says
    /// where a file lies: a store can be elsewhere than its paths say.
    fn settle<'a>(&self, path: &'a Path) -> HostResult<Cow<'a, Path>> {
        let shared = &self.shared;
        if !path.starts_with(shared.store.store_dir().as_str()) {
            return Ok(Cow::Borrowed(path));
        }
        let is_pending = {
            let pending = shared.pending.borrow();
            let is_derivation = path.extension() == Some(OsStr::new("drv"));
            !pending.trees.is_empty() || (is_derivation && !pending.texts.is_empty())
        };
        if is_pending {
            shared.flush().map_err(failed)?;
        }
        Ok(self.located(path))
    }

    /// Where the store is, when that is not where its paths say.
    fn moved_store(&self) -> Option<&Path> {
        let local = self.shared.store.as_local()?;
        let directory = local.layout().real_store_dir.as_path();
        (directory != Path::new(local.store_dir().as_str())).then_some(directory)
    }

    /// Where a file lies: in the store, or, when that does not have it, where its path says.
    pub(crate) fn located<'a>(&self, path: &'a Path) -> Cow<'a, Path> {
        let inner = path.strip_prefix(self.shared.store.store_dir().as_str());
        match (self.moved_store(), inner) {
            (Some(directory), Ok(inner)) => {
                let moved = directory.join(inner);
                if fs::symlink_metadata(&moved).is_err() && fs::symlink_metadata(path).is_ok() {
                    return Cow::Borrowed(path);
                }
                Cow::Owned(moved)
            }
            _ => Cow::Borrowed(path),
        }
    }

    /// What the object refers to in which a path lies that was computed from store objects.
    fn references_of(&self, request: &AddPath<'_>) -> HostResult<BTreeSet<StorePath>> {
        let store = &self.shared.store;
        let path = request.path.to_string_lossy();
        if !request.derived {
            return Ok(BTreeSet::new());
        }
        let Ok((object, _)) = store.store_dir().parse_within(&path) else {
            return Ok(BTreeSet::new());
        };
        self.shared.flush().map_err(failed)?;
        let info = store.path_info(&object).map_err(failed)?;
        Ok(info.map(|info| info.references).unwrap_or_default())
    }

    /// Adds a tree that refers to store objects.
    fn add_referring(
        &self,
        request: &AddPath<'_>,
        tree: &mut Filesystem<'_>,
        method: ContentAddressMethod,
        references: &BTreeSet<StorePath>,
    ) -> Result<StorePath, StoreError> {
        let mut bytes = Vec::new();
        match method {
            ContentAddressMethod::Flat => tree.copy_contents(Path::new(""), &mut bytes)?,
            _ => nar::write(tree, &mut bytes)?,
        }
        let algorithm = HashAlgorithm::Sha256;
        let source = &mut bytes.as_slice();
        let store = &self.shared.store;
        store
            .add_dump(request.name, source, method, algorithm, references, false)
            .map(|info| info.path)
    }

    /// Reads a file that is to be added to the store together with others; `None` if it is not a
    /// small file.
    fn read_small(
        &self,
        request: &AddPath<'_>,
        method: ContentAddressMethod,
    ) -> Result<Option<ReadTree>, StoreError> {
        let located = self.located(request.path);
        let small = fs::symlink_metadata(&located)
            .is_ok_and(|metadata| metadata.is_file() && metadata.len() <= LARGEST_PENDING);
        if !small {
            return Ok(None);
        }
        let dump = Dump::of(
            &mut Filesystem::new(&*located),
            method,
            HashAlgorithm::Sha256,
            usize::MAX,
        )?;
        ReadTree::of(self.shared.store.store_dir(), request.name, dump)
    }

    /// Tells that something was built since the evaluation reads it, if that is wanted.
    fn tell_of_imports(&self, elements: &[ContextElement]) {
        let derivations: BTreeSet<String> = elements
            .iter()
            .filter_map(|element| match element {
                ContextElement::Built { drv, .. } => {
                    Some(format!("'{}'", String::from_utf8_lossy(drv)))
                }
                _ => None,
            })
            .collect();
        if self.shared.settings.trace_imports && !derivations.is_empty() {
            let names: Vec<String> = derivations.into_iter().collect();
            self.shared.reporter.report(Event::Warning(&format!(
                "built {} during evaluation due to an import from derivation",
                names.join(", ")
            )));
        }
    }

    fn wanted(&self, element: &ContextElement) -> HostResult<Wanted> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(match element {
            ContextElement::Opaque(path) => Wanted::Object(self.parse(&text(path))?),
            ContextElement::DrvDeep(path) => Wanted::Object(self.parse(&text(path))?),
            ContextElement::Built { drv, output } => {
                Wanted::output_of(self.parse(&text(drv))?, &text(output))
            }
        })
    }
}

fn failed(error: impl std::fmt::Display) -> HostError {
    HostError::new(error.to_string())
}

/// An archive of this machine is named by an absolute path: nothing says what another starts from.
fn refuse_relative_archive(attrs: &FetchAttrs) -> HostResult<()> {
    let text = |wanted: &str| {
        attrs.iter().find_map(|(name, value)| match value {
            FetchAttr::String(text) if name == wanted => Some(text.as_str()),
            _ => None,
        })
    };
    let kind = text("type");
    match (kind, text("url").and_then(|url| url.strip_prefix("file:"))) {
        (Some("tarball" | "file"), Some(path)) if !path.starts_with('/') => {
            Err(HostError::new(format!(
                "tarball 'file:{path}' must use an absolute path. The 'file' scheme does not \
                 support relative paths."
            )))
        }
        _ => Ok(()),
    }
}

fn build_failed(error: &EngineError) -> HostError {
    let mut host_error = HostError::new(error.to_string());
    host_error.kind = ErrorKind::ImportFromDerivation;
    host_error.status = error.status();
    host_error
}

fn kind_of(file_type: fs::FileType) -> FileType {
    if file_type.is_symlink() {
        FileType::Symlink
    } else if file_type.is_dir() {
        FileType::Directory
    } else if file_type.is_file() {
        FileType::Regular
    } else {
        FileType::Unknown
    }
}

impl Drop for EngineHost {
    fn drop(&mut self) {
        // Whoever needs what was made has asked for it, and been told of failures; the rest is
        // only there to be found by others.
        let _ = self.shared.flush();
    }
}

impl Host for EngineHost {
    fn read_file(&self, path: &Path) -> HostResult<Vec<u8>> {
        let located = self.settle(path)?;
        nix_eval::host::read_regular(&located)
            .map_err(|error| HostError::io("opening file", path, &error))
    }

    fn file_type(&self, path: &Path) -> HostResult<Option<FileType>> {
        let located = self.settle(path)?;
        match fs::symlink_metadata(&located) {
            Ok(metadata) => Ok(Some(kind_of(metadata.file_type()))),
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(HostError::io("getting status of", path, &error)),
        }
    }

    fn read_dir(&self, path: &Path) -> HostResult<Vec<(Vec<u8>, FileType)>> {
        let located = self.settle(path)?;
        let failed = |error| HostError::io("reading directory", path, &error);
        let mut entries = Vec::new();
        for entry in fs::read_dir(&located).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = kind_of(entry.file_type().map_err(failed)?);
            entries.push((entry.file_name().into_vec(), kind));
        }
        Ok(entries)
    }

    fn read_link(&self, path: &Path) -> HostResult<Vec<u8>> {
        let located = self.settle(path)?;
        fs::read_link(&located)
            .map(|target| target.into_os_string().into_vec())
            .map_err(|error| HostError::io("reading symbolic link", path, &error))
    }

    fn environment_variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.shared.settings.environment.get(name).cloned()
    }

    fn home_directory(&self) -> Option<Vec<u8>> {
        self.shared
            .settings
            .home
            .as_ref()
            .map(|home| home.as_os_str().as_bytes().to_vec())
    }

    fn current_time(&self) -> i64 {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        since.as_secs() as i64
    }

    fn store_dir(&self) -> &str {
        self.shared.store.store_dir().as_str()
    }

    fn add_text(&self, name: &str, text: &[u8], references: &[String]) -> HostResult<String> {
        let references: BTreeSet<StorePath> = references
            .iter()
            .map(|path| self.parse(path))
            .collect::<HostResult<_>>()?;
        let store = &self.shared.store;
        let text = Text::new(store.store_dir(), name, text, references).map_err(failed)?;
        self.shared.flush().map_err(failed)?;
        store
            .add_texts(std::slice::from_ref(&text))
            .map_err(failed)?;
        Ok(store.store_dir().print(text.path()))
    }

    fn add_path(
        &self,
        request: &AddPath<'_>,
        filter: Option<&mut Filter<'_>>,
    ) -> Result<String, Box<EvalError>> {
        if self.file_type(request.path)?.is_none() {
            let mut error =
                HostError::new(format!("path '{}' does not exist", request.path.display()));
            error.kind = ErrorKind::Io;
            return Err(error.into());
        }
        let store = &self.shared.store;
        let method = match request.method {
            AddMethod::Flat => ContentAddressMethod::Flat,
            AddMethod::Recursive => ContentAddressMethod::NixArchive,
        };
        let expected = request
            .expected
            .and_then(|digest| Hash::from_digest(HashAlgorithm::Sha256, &digest));
        if let Some(hash) = &expected {
            let path = store
                .store_dir()
                .content_path(request.name, method, hash, Default::default())
                .map_err(failed)?;
            if store.is_valid(&path).map_err(failed)? {
                return Ok(store.store_dir().print(&path));
            }
        }
        let references = self.references_of(request)?;
        let located = self.located(request.path);
        self.shared.reporter.report(Event::Detail(
            DetailLevel::Chatty,
            format_args!("copying '{}' to the store", request.path.display()),
        ));
        let (top, named) = (located.to_path_buf(), request.path.to_path_buf());
        // A filter is a Nix function: its failure has to come back as it was.
        let mut filter_failure: Option<Box<EvalError>> = None;
        let added = match filter {
            None if !references.is_empty() => {
                let mut tree = Filesystem::new(&*located);
                self.add_referring(request, &mut tree, method, &references)
            }
            None => match self.read_small(request, method).map_err(failed)? {
                Some(tree) => {
                    let path = tree.path().clone();
                    self.shared.pending.borrow_mut().trees.push(tree);
                    Ok(path)
                }
                None => store
                    .add_tree(
                        request.name,
                        &mut Filesystem::new(&*located),
                        method,
                        HashAlgorithm::Sha256,
                    )
                    .map(|info| info.path),
            },
            Some(filter) => {
                let failure = &mut filter_failure;
                let mut tree = Filesystem::filtered(&*located, move |path, kind| {
                    // The filter knows files by where their paths say.
                    let told = match path.strip_prefix(&top) {
                        Ok(inner) => named.join(inner),
                        Err(_) => path.to_owned(),
                    };
                    filter(&told, kind_of(kind)).map_err(|error| {
                        *failure = Some(error);
                        std::io::Error::other("the filter failed")
                    })
                });
                if references.is_empty() {
                    store
                        .add_tree(request.name, &mut tree, method, HashAlgorithm::Sha256)
                        .map(|info| info.path)
                } else {
                    self.add_referring(request, &mut tree, method, &references)
                }
            }
        };
        if let Some(error) = filter_failure {
            return Err(error);
        }
        let added = added.map_err(failed)?;
        if let Some(hash) = expected {
            let wanted = store
                .store_dir()
                .content_path(request.name, method, &hash, Default::default())
                .map_err(failed)?;
            if wanted != added {
                let mut error = HostError::new(format!(
                    "store path mismatch in (possibly filtered) path added from '{}'",
                    request.path.display()
                ));
                error.status = 102;
                return Err(error.into());
            }
        }
        Ok(store.store_dir().print(&added))
    }

    fn add_derivation(&self, path: &str, derivation: &Derivation, text: &[u8]) -> HostResult<()> {
        let path = self.parse(path)?;
        let store_dir = self.shared.store.store_dir();
        let text = Text::written_derivation(store_dir, derivation, path, text.to_vec());
        let text = text.map_err(failed)?;
        self.shared.pending.borrow_mut().texts.push(text);
        Ok(())
    }

    fn read_derivation(&self, path: &str) -> HostResult<Derivation> {
        let path = self.parse(path)?;
        self.shared.flush().map_err(failed)?;
        self.shared.store.read_derivation(&path).map_err(failed)
    }

    fn is_valid_path(&self, path: &str) -> HostResult<bool> {
        let path = self.parse(path)?;
        self.shared.flush().map_err(failed)?;
        let stores = [&self.shared.store, self.shared.building_store()];
        for store in stores {
            if store.is_valid(&path).map_err(failed)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn references(&self, path: &str) -> HostResult<Vec<String>> {
        let path = self.parse(path)?;
        self.shared.flush().map_err(failed)?;
        let info = self.shared.store.path_info(&path).map_err(failed)?;
        Ok(self.print(info.iter().flat_map(|info| &info.references)))
    }

    fn closure(&self, path: &str) -> HostResult<Vec<String>> {
        let path = self.parse(path)?;
        self.shared.flush().map_err(failed)?;
        let closure = self
            .shared
            .store
            .closure(&BTreeSet::from([path]))
            .map_err(failed)?;
        Ok(self.print(&closure))
    }

    fn search_path_entry(&self, entry: &str) -> HostResult<Option<String>> {
        if let Some(reference) = entry.strip_prefix("flake:") {
            return self.shared.flake_source(reference).map(Some);
        }
        if entry.contains("://") || entry.starts_with("channel:") {
            return match self.shared.archive(entry) {
                Ok(path) => Ok(Some(path)),
                // Another entry may have what is looked for.
                Err(error) => {
                    self.shared.reporter.report(Event::Warning(&format!(
                        "Nix search path entry '{entry}' cannot be downloaded, ignoring: {error}"
                    )));
                    Ok(None)
                }
            };
        }
        let path = std::path::absolute(entry).map_err(failed)?;
        Ok(Some(path.to_string_lossy().into_owned()))
    }

    fn ensure_path(&self, path: &str) -> HostResult<()> {
        let path = self.parse(path)?;
        self.shared
            .build(&[Wanted::Object(path)])
            .map(|_| ())
            .map_err(|error| build_failed(&error))
    }

    fn realise(&self, elements: &[ContextElement]) -> HostResult<Vec<(String, String)>> {
        let wanted: Vec<Wanted> = elements
            .iter()
            .map(|element| self.wanted(element))
            .collect::<HostResult<_>>()?;
        let built = self
            .shared
            .build(&wanted)
            .map_err(|error| build_failed(&error))?;
        self.tell_of_imports(elements);
        // What programs saw of an output before its path was known.
        let mut known = Vec::new();
        for (wanted, outputs) in wanted.iter().zip(&built) {
            let Wanted::Outputs { derivation, .. } = wanted else {
                continue;
            };
            for (name, path) in outputs {
                let placeholder = upstream_placeholder(derivation, name).map_err(failed)?;
                known.push((placeholder, self.shared.store.store_dir().print(path)));
            }
        }
        // What was built, and what it refers to, may be read from now on.
        let outputs: Vec<StorePath> = built.into_iter().flat_map(BTreeMap::into_values).collect();
        let closure = self
            .shared
            .building_store()
            .closure(&outputs.into_iter().collect())
            .map_err(failed)?;
        let printed = self.print(&closure);
        known.extend(printed.iter().cloned().zip(printed.clone()));
        Ok(known)
    }

    fn fetch(&self, fetcher: Fetcher, attrs: &FetchAttrs, pure: bool) -> HostResult<Fetched> {
        refuse_relative_archive(attrs)?;
        self.shared.fetch(fetcher, attrs, pure)
    }

    fn get_flake(&self, evaluator: &Evaluator, reference: &str) -> Result<Value, Box<EvalError>> {
        nix_flake::get_flake(evaluator, &self.shared.flakes(), reference)
            .map_err(nix_flake::outputs::evaluation_error)
    }

    fn parse_flake_reference(&self, reference: &str) -> HostResult<FetchAttrs> {
        flakes::parse_flake_reference(reference)
    }

    fn print_flake_reference(&self, attrs: &FetchAttrs) -> HostResult<String> {
        flakes::print_flake_reference(attrs)
    }

    fn compiled_files(&self) -> Option<&dyn CompiledFiles> {
        let compiled = self.compiled.as_ref()?;
        Some(compiled)
    }

    fn message(&self, message: Message<'_>) {
        match message {
            // What is traced call by call is of no use to whoever is told of it again.
            Message::Call { location, entered } => self
                .shared
                .reporter
                .report(Event::Call { location, entered }),
            message => self.shared.tell(message),
        }
    }
}
