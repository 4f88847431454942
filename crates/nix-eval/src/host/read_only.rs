//! A host that reads files but writes nothing: store paths are computed, as `nix-instantiate --eval`
//! does.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use nix_wire::content_address::ContentAddressMethod;
use nix_wire::derivation::Derivation;
use nix_wire::hash::{Hash, HashAlgorithm};
use nix_wire::nar::{Filesystem, NarError};
use nix_wire::store_path::{References, StoreDir, StorePath};

use super::{
    AddMethod, AddPath, FetchAttrs, Fetched, Fetcher, FileType, Filter, Host, HostError,
    HostResult, Message,
};
use crate::context::ContextElement;
use crate::error::{ErrorKind, EvalError};
use crate::evaluator::Evaluator;
use crate::value::Value;

/// A host without a store.
///
/// Files are read from the file system. What is added to the store is hashed and forgotten, but
/// derivations are remembered. Nothing can be built or fetched.
pub struct ReadOnlyHost {
    store: StoreDir,
    environment: HashMap<Vec<u8>, Vec<u8>>,
    current_time: i64,
    derivations: RefCell<HashMap<String, Derivation>>,
    messages: Box<dyn Fn(Message<'_>)>,
}

impl ReadOnlyHost {
    /// A host for a store directory that has an empty environment and drops messages.
    ///
    /// # Errors
    ///
    /// If `store_dir` is not an absolute path.
    pub fn new(store_dir: &str) -> HostResult<ReadOnlyHost> {
        let store = StoreDir::new(store_dir).map_err(|error| HostError::new(error.to_string()))?;
        Ok(ReadOnlyHost {
            store,
            environment: HashMap::new(),
            current_time: 0,
            derivations: RefCell::default(),
            messages: Box::new(|_| {}),
        })
    }

    /// Sets the environment variables.
    #[must_use]
    pub fn with_environment(
        mut self,
        variables: impl IntoIterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
    ) -> Self {
        self.environment = variables
            .into_iter()
            .map(|(name, value)| (name.into_vec(), value.into_vec()))
            .collect();
        self
    }

    /// Sets the time, in seconds since 1970.
    #[must_use]
    pub fn with_time(mut self, seconds: i64) -> Self {
        self.current_time = seconds;
        self
    }

    /// Sets where messages go.
    #[must_use]
    pub fn with_messages(mut self, messages: impl Fn(Message<'_>) + 'static) -> Self {
        self.messages = Box::new(messages);
        self
    }

    fn wire<T, E: std::fmt::Display>(result: Result<T, E>) -> HostResult<T> {
        result.map_err(|error| HostError::new(error.to_string()))
    }

    fn add_to_closure(&self, path: &str, closure: &mut BTreeSet<String>) {
        if !closure.insert(path.to_owned()) {
            return;
        }
        let inputs: Vec<String> = match self.derivations.borrow().get(path) {
            Some(derivation) => derivation
                .input_derivations
                .keys()
                .chain(&derivation.input_sources)
                .map(|input| self.store.print(input))
                .collect(),
            None => Vec::new(),
        };
        for input in inputs {
            self.add_to_closure(&input, closure);
        }
    }
}

fn file_type(kind: std::fs::FileType) -> FileType {
    if kind.is_symlink() {
        FileType::Symlink
    } else if kind.is_dir() {
        FileType::Directory
    } else if kind.is_file() {
        FileType::Regular
    } else {
        FileType::Unknown
    }
}

fn does_not_exist(path: &Path) -> HostError {
    HostError {
        kind: ErrorKind::Io,
        message: format!("path '{}' does not exist", path.display()),
        status: 1,
    }
}

fn read_error(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> HostError {
    move |error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            does_not_exist(path)
        } else {
            HostError::io(what, path, &error)
        }
    }
}

impl Host for ReadOnlyHost {
    fn read_file(&self, path: &Path) -> HostResult<Vec<u8>> {
        super::read_regular(path).map_err(read_error("reading file", path))
    }

    fn file_type(&self, path: &Path) -> HostResult<Option<FileType>> {
        // The store is there, even if nothing is in it yet.
        if Path::new(self.store.as_str()).starts_with(path) && !path.exists() {
            return Ok(Some(FileType::Directory));
        }
        match std::fs::symlink_metadata(path) {
            Ok(metadata) => Ok(Some(file_type(metadata.file_type()))),
            Err(error) => match error.kind() {
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Ok(None),
                _ => Err(HostError::io("getting status of", path, &error)),
            },
        }
    }

    fn read_dir(&self, path: &Path) -> HostResult<Vec<(Vec<u8>, FileType)>> {
        let mut entries = Vec::new();
        let directory = std::fs::read_dir(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotADirectory => HostError {
                kind: ErrorKind::Io,
                message: format!("'{}' is not a directory", path.display()),
                status: 1,
            },
            _ => read_error("reading directory", path)(error),
        })?;
        for entry in directory {
            let entry = entry.map_err(|error| HostError::io("reading directory", path, &error))?;
            let kind = entry
                .file_type()
                .map_err(|error| HostError::io("getting status of", &entry.path(), &error))?;
            entries.push((entry.file_name().into_vec(), file_type(kind)));
        }
        Ok(entries)
    }

    fn read_link(&self, path: &Path) -> HostResult<Vec<u8>> {
        std::fs::read_link(path)
            .map(|target| target.into_os_string().into_vec())
            .map_err(read_error("reading symbolic link", path))
    }

    fn environment_variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.environment.get(name).cloned()
    }

    fn home_directory(&self) -> Option<Vec<u8>> {
        self.environment_variable(b"HOME")
    }

    fn current_time(&self) -> i64 {
        self.current_time
    }

    fn store_dir(&self) -> &str {
        self.store.as_str()
    }

    fn add_text(&self, name: &str, text: &[u8], references: &[String]) -> HostResult<String> {
        let references: Vec<StorePath> = Self::wire(
            references
                .iter()
                .map(|reference| self.store.parse(reference))
                .collect::<Result<_, _>>(),
        )?;
        let path = Self::wire(self.store.text_path(name, &Hash::sha256(text), &references))?;
        Ok(self.store.print(&path))
    }

    fn add_path(
        &self,
        request: &AddPath<'_>,
        filter: Option<&mut Filter<'_>>,
    ) -> Result<String, Box<EvalError>> {
        let (method, hash) = match (request.method, request.expected) {
            (AddMethod::Flat, None) => {
                let contents = self.read_file(request.path)?;
                (ContentAddressMethod::Flat, Hash::sha256(contents))
            }
            (AddMethod::Recursive, None) => (
                ContentAddressMethod::NixArchive,
                archive_hash(request.path, filter)?,
            ),
            (method, Some(digest)) => {
                let hash = Hash::from_digest(HashAlgorithm::Sha256, &digest)
                    .unwrap_or(Hash::zero(HashAlgorithm::Sha256));
                let actual = match method {
                    AddMethod::Flat => Hash::sha256(self.read_file(request.path)?),
                    AddMethod::Recursive => archive_hash(request.path, filter)?,
                };
                if actual != hash {
                    return Err(EvalError::eval(format!(
                        "store path mismatch in (possibly filtered) path added from '{}'",
                        request.path.display()
                    )));
                }
                let method = match method {
                    AddMethod::Flat => ContentAddressMethod::Flat,
                    AddMethod::Recursive => ContentAddressMethod::NixArchive,
                };
                (method, hash)
            }
        };
        let path = self
            .store
            .content_path(request.name, method, &hash, References::default());
        Ok(self.store.print(&Self::wire(path)?))
    }

    fn add_derivation(&self, path: &str, derivation: &Derivation, _text: &[u8]) -> HostResult<()> {
        self.derivations
            .borrow_mut()
            .insert(path.to_owned(), derivation.clone());
        Ok(())
    }

    fn read_derivation(&self, path: &str) -> HostResult<Derivation> {
        if let Some(known) = self.derivations.borrow().get(path) {
            return Ok(known.clone());
        }
        let text = self.read_file(Path::new(path))?;
        let name = Self::wire(self.store.parse(path))?;
        let name = name
            .name()
            .strip_suffix(".drv")
            .unwrap_or(name.name())
            .to_owned();
        Self::wire(Derivation::parse(&self.store, &name, &text))
    }

    fn is_valid_path(&self, path: &str) -> HostResult<bool> {
        Ok(self.derivations.borrow().contains_key(path)
            || self.file_type(Path::new(path))?.is_some())
    }

    fn references(&self, path: &str) -> HostResult<Vec<String>> {
        let mut closure = BTreeSet::new();
        self.add_to_closure(path, &mut closure);
        closure.remove(path);
        Ok(closure.into_iter().collect())
    }

    fn closure(&self, path: &str) -> HostResult<Vec<String>> {
        let mut closure = BTreeSet::new();
        self.add_to_closure(path, &mut closure);
        Ok(closure.into_iter().collect())
    }

    fn search_path_entry(&self, entry: &str) -> HostResult<Option<String>> {
        if entry.contains("://") || entry.starts_with("channel:") || entry.starts_with("flake:") {
            return Err(HostError::new(format!(
                "'{entry}' in the search path would have to be fetched"
            )));
        }
        let path = PathBuf::from(entry);
        let absolute = std::path::absolute(&path)
            .map_err(|error| HostError::io("finding the absolute path of", &path, &error))?;
        Ok(Some(
            String::from_utf8_lossy(absolute.as_os_str().as_bytes()).into_owned(),
        ))
    }

    fn ensure_path(&self, _path: &str) -> HostResult<()> {
        Ok(())
    }

    fn realise(&self, elements: &[ContextElement]) -> HostResult<Vec<(String, String)>> {
        let first = elements
            .first()
            .map(ContextElement::display)
            .unwrap_or_default();
        Err(HostError {
            kind: ErrorKind::ImportFromDerivation,
            message: format!("cannot build '{first}' without a store"),
            status: 1,
        })
    }

    fn fetch(&self, _fetcher: Fetcher, attrs: &FetchAttrs, _pure: bool) -> HostResult<Fetched> {
        let url = attrs.iter().find(|(name, _)| name == "url");
        Err(HostError::new(format!(
            "cannot fetch {url:?} without a store"
        )))
    }

    fn get_flake(&self, _: &Evaluator, reference: &str) -> Result<Value, Box<EvalError>> {
        Err(HostError::new(format!(
            "cannot fetch the flake '{reference}' without a store"
        ))
        .into())
    }

    fn parse_flake_reference(&self, reference: &str) -> HostResult<FetchAttrs> {
        Err(HostError::new(format!(
            "'{reference}' is not a flake reference that is known here"
        )))
    }

    fn print_flake_reference(&self, _attrs: &FetchAttrs) -> HostResult<String> {
        Err(HostError::new("flake references are not known here"))
    }

    fn message(&self, message: Message<'_>) {
        (self.messages)(message);
    }
}

/// The hash of the archive of a path.
fn archive_hash(path: &Path, filter: Option<&mut Filter<'_>>) -> Result<Hash, Box<EvalError>> {
    let mut failure = None;
    let result = match filter {
        None => nix_wire::nar::hash_path(path),
        Some(filter) => {
            let failure = &mut failure;
            let accept = move |path: &Path, kind: std::fs::FileType| {
                filter(path, file_type(kind)).map_err(|error| {
                    // The archive's error type has no room for ours.
                    *failure = Some(error);
                    std::io::Error::other("the filter failed")
                })
            };
            nix_wire::nar::hash(
                &mut Filesystem::filtered(path, accept),
                HashAlgorithm::Sha256,
            )
        }
    };
    match (result, failure) {
        (Ok((hash, _)), None) => Ok(hash),
        (_, Some(error)) => Err(error),
        (Err(error), None) => Err(nar_error(&error)),
    }
}

fn nar_error(error: &NarError) -> Box<EvalError> {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        message.push_str(&format!(": {inner}"));
        source = inner.source();
    }
    EvalError::new(ErrorKind::Io, message)
}
