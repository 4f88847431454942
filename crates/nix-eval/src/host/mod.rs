//! The way out of the evaluator: files, environment, store and fetchers.
//!
//! Everything that an evaluation learns about the world comes through [`Host`]; nothing else in
//! this crate reads a file, a variable or a clock.

mod read_only;

use std::path::Path;

pub use read_only::ReadOnlyHost;

use crate::context::ContextElement;
use crate::error::{ErrorKind, EvalError};
use crate::evaluator::Evaluator;
use crate::unit::CompiledFiles;
use crate::value::Value;
use nix_wire::derivation::Derivation;

/// What a directory entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileType {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, socket or pipe.
    Unknown,
}

impl FileType {
    /// Nix's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FileType::Regular => "regular",
            FileType::Directory => "directory",
            FileType::Symlink => "symlink",
            FileType::Unknown => "unknown",
        }
    }
}

/// Why the host could not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct HostError {
    /// The class of the error.
    pub kind: ErrorKind,
    /// The message.
    pub message: String,
    /// The exit status that a program should end with.
    pub status: u8,
}

impl HostError {
    /// An error of the class [`ErrorKind::Host`].
    pub fn new(message: impl Into<String>) -> HostError {
        HostError {
            kind: ErrorKind::Host,
            message: message.into(),
            status: 1,
        }
    }

    /// An error about a file.
    pub fn io(what: &str, path: &Path, error: &std::io::Error) -> HostError {
        let reason = reason(error);
        HostError {
            kind: ErrorKind::Io,
            message: format!("{what} '{}': {reason}", path.display()),
            status: 1,
        }
    }
}

/// The system's words for an error, without the number that Rust adds.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

impl From<HostError> for Box<EvalError> {
    fn from(error: HostError) -> Box<EvalError> {
        let mut eval_error = EvalError::new(error.kind, error.message);
        eval_error.status = error.status;
        eval_error
    }
}

/// The result of asking the host.
pub type HostResult<T> = Result<T, HostError>;

/// How a path is added to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddMethod {
    /// As the bytes of a regular file.
    Flat,
    /// As a NAR archive.
    Recursive,
}

/// A path to be added to the store.
#[derive(Debug, Clone, Copy)]
pub struct AddPath<'a> {
    /// The file or directory.
    pub path: &'a Path,
    /// The name in the store.
    pub name: &'a str,
    /// How it is hashed.
    pub method: AddMethod,
    /// The expected SHA-256 hash, if it was given. A host that has the path already need not read
    /// anything; one that finds another hash fails.
    pub expected: Option<[u8; 32]>,
    /// Whether the path was computed from store objects: what the object refers to that it lies in,
    /// the new one does too.
    pub derived: bool,
}

/// Decides about each file of a path that is added: true keeps it. Called with the full path.
pub type Filter<'a> = dyn FnMut(&Path, FileType) -> Result<bool, Box<EvalError>> + 'a;

/// Which fetcher is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fetcher {
    /// `builtins.fetchTree`
    Tree,
    /// `builtins.fetchGit`
    Git,
    /// `builtins.fetchMercurial`
    Mercurial,
    /// `builtins.fetchTarball`: unpacked.
    Tarball,
    /// `builtins.fetchurl`: one file.
    Url,
    /// `builtins.fetchClosure`: an object of another store. The attributes are `fromStore`,
    /// `fromPath` and, if they were given, `toPath` and `inputAddressed`.
    Closure,
}

/// A plain value of a fetcher's arguments or results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchAttr {
    /// A string.
    String(String),
    /// A number.
    Int(u64),
    /// A truth value.
    Bool(bool),
}

/// Attributes by name, in the order in which they are to appear.
pub type FetchAttrs = Vec<(String, FetchAttr)>;

/// What a fetcher found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The store path.
    pub store_path: String,
    /// What is known about it (`narHash`, `rev`, `lastModified`, ...), as the set shall have it.
    pub info: FetchAttrs,
}

/// Something that the evaluation wants to tell the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// `builtins.trace`
    Trace(&'a str),
    /// `builtins.warn`
    EvaluationWarning(&'a str),
    /// A warning about the program.
    Warning(&'a str),
    /// A call begins or ends, if [`Settings::trace_function_calls`](crate::Settings) is set.
    Call {
        /// Where it is.
        location: &'a str,
        /// Whether it begins.
        entered: bool,
    },
}

impl<'a> Message<'a> {
    /// What is said.
    #[must_use]
    pub fn text(self) -> &'a str {
        match self {
            Message::Trace(text) | Message::EvaluationWarning(text) | Message::Warning(text) => {
                text
            }
            Message::Call { location, .. } => location,
        }
    }
}

/// Reads a file as Nix does: of what is not a regular file, nothing. A device may have no end, and
/// what a pipe has depends on the moment. Opening a pipe waits for its writer.
///
/// # Errors
///
/// If it cannot be read.
pub fn read_regular(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = std::fs::File::open(path)?;
    let kind = file.metadata()?.file_type();
    let mut bytes = Vec::new();
    // Reading a directory fails with the right error.
    if kind.is_file() || kind.is_dir() {
        std::io::Read::read_to_end(&mut file, &mut bytes)?;
    }
    Ok(bytes)
}

/// What an evaluation can reach outside of itself.
///
/// Methods take `&self`, since the host may be called again while it works (filters are Nix
/// functions).
pub trait Host {
    /// The contents of a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    fn read_file(&self, path: &Path) -> HostResult<Vec<u8>>;

    /// What is at a path, without following a link there. `None` if nothing is.
    ///
    /// # Errors
    ///
    /// If that cannot be told.
    fn file_type(&self, path: &Path) -> HostResult<Option<FileType>>;

    /// The entries of a directory, in any order.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    fn read_dir(&self, path: &Path) -> HostResult<Vec<(Vec<u8>, FileType)>>;

    /// The target of a symbolic link.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    fn read_link(&self, path: &Path) -> HostResult<Vec<u8>>;

    /// An environment variable.
    fn environment_variable(&self, name: &[u8]) -> Option<Vec<u8>>;

    /// The home directory, for paths that begin with `~/`.
    fn home_directory(&self) -> Option<Vec<u8>>;

    /// Seconds since 1970.
    fn current_time(&self) -> i64;

    /// The directory of the store, such as `/nix/store`.
    fn store_dir(&self) -> &str;

    /// Adds a text to the store and gives its path.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn add_text(&self, name: &str, text: &[u8], references: &[String]) -> HostResult<String>;

    /// Adds a file or directory to the store and gives its path.
    ///
    /// # Errors
    ///
    /// If it cannot be read, the store or the filter fails, or the hash is not the expected one.
    fn add_path(
        &self,
        request: &AddPath<'_>,
        filter: Option<&mut Filter<'_>>,
    ) -> Result<String, Box<EvalError>>;

    /// Writes a derivation to the store. `path` is where it belongs; `text` is its ATerm form.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn add_derivation(&self, path: &str, derivation: &Derivation, text: &[u8]) -> HostResult<()>;

    /// Reads a derivation of the store.
    ///
    /// # Errors
    ///
    /// If it does not exist or is not a derivation.
    fn read_derivation(&self, path: &str) -> HostResult<Derivation>;

    /// Whether a store path is valid: complete, with all that it refers to.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn is_valid_path(&self, path: &str) -> HostResult<bool>;

    /// The store paths that a store path refers to; none if it is not valid.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn references(&self, path: &str) -> HostResult<Vec<String>>;

    /// A store path with everything that it refers to, directly or not.
    ///
    /// # Errors
    ///
    /// If the store fails or a path is not valid.
    fn closure(&self, path: &str) -> HostResult<Vec<String>>;

    /// Returns the absolute path of an entry of the search path, which need not exist; what is
    /// elsewhere is fetched. `None` if it cannot be.
    ///
    /// # Errors
    ///
    /// If fetching fails.
    fn search_path_entry(&self, entry: &str) -> HostResult<Option<String>>;

    /// Makes a store path valid, by substitution if it has to be.
    ///
    /// # Errors
    ///
    /// If that is not possible.
    fn ensure_path(&self, path: &str) -> HostResult<()>;

    /// Builds what strings refer to (outputs of derivations), because the evaluation needs to read
    /// it. Gives pairs of placeholder and path for outputs whose path is known only now.
    ///
    /// # Errors
    ///
    /// If a build fails.
    fn realise(&self, elements: &[ContextElement]) -> HostResult<Vec<(String, String)>>;

    /// Fetches something. The attributes are the arguments of the builtin. In pure evaluation only
    /// what is sure to be the same each time.
    ///
    /// # Errors
    ///
    /// If the arguments are wrong or fetching fails.
    fn fetch(&self, fetcher: Fetcher, attrs: &FetchAttrs, pure: bool) -> HostResult<Fetched>;

    /// The value of `builtins.getFlake`: the flake with its outputs.
    ///
    /// # Errors
    ///
    /// If there is no such flake, it cannot be locked, or its evaluation fails.
    fn get_flake(&self, evaluator: &Evaluator, reference: &str) -> Result<Value, Box<EvalError>>;

    /// Takes a flake reference apart.
    ///
    /// # Errors
    ///
    /// If it is not one.
    fn parse_flake_reference(&self, reference: &str) -> HostResult<FetchAttrs>;

    /// Puts a flake reference together.
    ///
    /// # Errors
    ///
    /// If the attributes are not those of a flake reference.
    fn print_flake_reference(&self, attrs: &FetchAttrs) -> HostResult<String>;

    /// Where compiled files are kept, if they are.
    fn compiled_files(&self) -> Option<&dyn CompiledFiles> {
        None
    }

    /// Tells the user something.
    fn message(&self, message: Message<'_>);
}
