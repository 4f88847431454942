//! Fetching: from an input to a tree in the store.
//!
//! A tree whose hash is known and which the store has is never fetched again. Directories of this
//! machine (`path:`) and local Git repositories are copied to the store under the name `source`;
//! what lies elsewhere is left to the [`Fetcher`]s that the caller brings.

mod archive;
mod cache;
mod clone;
mod download;
mod error;
mod file;
mod forge;
mod git;
mod mercurial;
mod mount;
mod path;
mod store;
mod tarball;
mod untracked;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use nix_wire::{Hash, StorePath};

pub use archive::{ArchiveError, ArchiveTree};
pub use cache::FetchCache;
pub use download::Network;
pub use error::{FetchError, HASH_MISMATCH_STATUS};
pub use file::{FetchedFile, StoredFile};
pub use git::{GitChanges, IntentToAdd, commit_file, intend_to_add, intend_to_add_all};
pub use mount::{MountedKind, MountedTree};
pub use path::{Fingerprint, fingerprint_of_tree};
pub use store::{AddedTree, AnyStore, EmbeddedSources, TreeStore};
pub use untracked::UntrackedFile;

use crate::date::Date;
use crate::mounted::Knowledge;
use crate::reference::{Input, ReferenceError, Scheme};

/// A tree that was fetched.
#[derive(Debug, Clone)]
pub struct FetchedTree {
    /// Where it is, or belongs, in the store.
    pub store_path: StorePath,
    /// Where it can be read.
    pub path: PathBuf,
    /// The hash of its archive.
    pub nar_hash: Hash,
    /// All that is known of it: the attributes that go into a lock file.
    pub input: Input,
    /// What it is a copy of.
    pub source: TreeSource,
    /// What is known of it if it is not in the store but mounted: neither the hash nor the store
    /// path are its own then.
    pub mounted: Option<Knowledge>,
}

/// What a tree in the store is a copy of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeSource {
    /// All files of a directory of this machine.
    Directory(PathBuf),
    /// The tracked files of a Git working tree of this machine.
    WorkingTree(PathBuf),
    /// Something that cannot be edited.
    Elsewhere,
}

impl TreeSource {
    /// The directory that has the files that were copied.
    #[must_use]
    pub fn directory(&self) -> Option<&Path> {
        match self {
            TreeSource::Directory(path) | TreeSource::WorkingTree(path) => Some(path),
            TreeSource::Elsewhere => None,
        }
    }
}

/// An attribute of what `fetchTree` and flakes tell about their source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceAttribute {
    /// A string.
    String(String),
    /// A number.
    Integer(u64),
    /// A truth value.
    Boolean(bool),
}

/// How [`FetchedTree::source_attributes`] tells of trees with changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SourceAttributeOptions {
    /// Tell of the revision zero if there is none, as `builtins.fetchGit` does.
    pub zero_revision: bool,
    /// Leave revisions out, since the lock file in use is not the one in the tree.
    pub force_dirty: bool,
}

impl FetchedTree {
    /// What evaluation is told about the tree besides `outPath`, in Nix's order.
    ///
    /// # Errors
    /// When the revision is malformed.
    pub fn source_attributes(
        &self,
        options: SourceAttributeOptions,
    ) -> Result<Vec<(&'static str, SourceAttribute)>, ReferenceError> {
        /// The digits of a short revision.
        const SHORT: usize = 7;
        let string = |text: &str| SourceAttribute::String(text.to_owned());
        let input = &self.input;
        let mut attributes = Vec::new();
        if let Some(hash) = input.nar_hash()? {
            attributes.push(("narHash", SourceAttribute::String(hash.sri())));
        }
        if input.scheme() == Some(Scheme::Git) {
            let submodules = input.is_true("submodules");
            attributes.push(("submodules", SourceAttribute::Boolean(submodules)));
        }
        if !options.force_dirty {
            let revision = match input.revision()? {
                Some(revision) => Some(revision.base16()),
                None => options.zero_revision.then(|| "0".repeat(40)),
            };
            if let Some(revision) = revision {
                attributes.push(("rev", string(&revision)));
                attributes.push(("shortRev", string(&revision[..SHORT])));
            }
            let count = input
                .revision_count()
                .or(options.zero_revision.then_some(0));
            if let Some(count) = count {
                attributes.push(("revCount", SourceAttribute::Integer(count)));
            }
        }
        for name in ["dirtyRev", "dirtyShortRev"] {
            if let Some(revision) = input.string(name) {
                attributes.push((name, string(revision)));
            }
        }
        if let Some(seconds) = input.last_modified() {
            attributes.push(("lastModified", SourceAttribute::Integer(seconds)));
            let date = Date::from_unix_seconds(seconds).compact();
            attributes.push(("lastModifiedDate", SourceAttribute::String(date)));
        }
        Ok(attributes)
    }
}

/// Fetches what lies elsewhere.
pub trait Fetcher {
    /// Whether it is for this input.
    fn takes(&self, input: &Input) -> bool;

    /// Fetches the tree into the store. The input of the result has the attributes that are to be
    /// locked; its `narHash` is filled in by the caller.
    ///
    /// # Errors
    /// When it cannot.
    fn fetch(&self, input: &Input, store: &dyn TreeStore) -> Result<Fetched, FetchError>;
}

/// What a [`Fetcher`] brought.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Where it is in the store.
    pub tree: AddedTree,
    /// All that is known of it.
    pub input: Input,
    /// What it is a copy of.
    pub source: TreeSource,
}

/// How trees are fetched.
#[derive(Debug, Clone, Copy)]
pub struct FetchSettings {
    /// Whether a Git tree with changes that are not committed may be used.
    pub allow_dirty: bool,
    /// Whether there is a warning about it.
    pub warn_dirty: bool,
    /// Whether repositories of this machine are fetched as if they were of another: for tests.
    pub files_as_remote: bool,
    /// Whether signatures of commits may be asked for (the feature `verified-fetches`).
    pub verified_fetches: bool,
    /// Whether archives of GitHub and the like, known by their revision, count as locked.
    pub trusts_forges: bool,
}

impl Default for FetchSettings {
    fn default() -> FetchSettings {
        FetchSettings {
            allow_dirty: true,
            warn_dirty: true,
            files_as_remote: false,
            verified_fetches: false,
            trusts_forges: true,
        }
    }
}

/// For whom something is told that is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DetailLevel {
    /// For those who want to know each step: Nix's `lvlChatty`.
    Chatty,
    /// For those who look for a mistake in the program: Nix's `lvlDebug`.
    Debug,
}

/// Is told what is done.
pub type TellDetail = Rc<dyn Fn(DetailLevel, &str)>;

/// Fetches trees, each once.
pub struct TreeFetcher {
    store: Arc<dyn TreeStore>,
    embedded: Option<Rc<dyn EmbeddedSources>>,
    fetchers: Vec<Box<dyn Fetcher>>,
    cache: Option<FetchCache>,
    network: Option<Network>,
    settings: FetchSettings,
    warn: Rc<dyn Fn(&str)>,
    tell: TellDetail,
    fetched: RefCell<HashMap<(String, bool), Rc<FetchedTree>>>,
    /// Whether servers are asked again, whatever they answered not long ago.
    asks_servers: Cell<bool>,
    /// URLs that were tried in vain as often as the settings say.
    unreachable: RefCell<BTreeSet<String>>,
    /// The working trees of which it was said that they have changes.
    dirty: RefCell<BTreeSet<PathBuf>>,
}

impl fmt::Debug for TreeFetcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TreeFetcher")
            .field("cache", &self.cache)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl TreeFetcher {
    /// One that copies to this store, keeps nothing between runs, and tells no warnings.
    #[must_use]
    pub fn new(store: Arc<dyn TreeStore>) -> TreeFetcher {
        TreeFetcher {
            store,
            embedded: None,
            fetchers: Vec::new(),
            cache: None,
            network: None,
            settings: FetchSettings::default(),
            warn: Rc::new(|_| {}),
            tell: Rc::new(|_, _| {}),
            fetched: RefCell::default(),
            asks_servers: Cell::new(false),
            unreachable: RefCell::default(),
            dirty: RefCell::default(),
        }
    }

    /// With sources that the program carries with itself.
    #[must_use]
    pub fn with_embedded(mut self, embedded: Rc<dyn EmbeddedSources>) -> TreeFetcher {
        self.embedded = Some(embedded);
        self
    }

    /// With a file that remembers hashes of trees that have not changed.
    #[must_use]
    pub fn with_cache(mut self, cache: FetchCache) -> TreeFetcher {
        self.cache = Some(cache);
        self
    }

    /// With a way to other machines.
    #[must_use]
    pub fn with_network(mut self, network: Network) -> TreeFetcher {
        self.network = Some(network);
        self
    }

    /// With settings.
    #[must_use]
    pub fn with_settings(mut self, settings: FetchSettings) -> TreeFetcher {
        self.settings = settings;
        self
    }

    /// With someone to tell warnings to.
    #[must_use]
    pub fn with_warnings(mut self, warn: Rc<dyn Fn(&str)>) -> TreeFetcher {
        self.warn = warn;
        self
    }

    /// With someone to tell what is done.
    #[must_use]
    pub fn with_details(mut self, tell: TellDetail) -> TreeFetcher {
        self.tell = tell;
        self
    }

    /// With one more fetcher, asked before the built-in ones.
    #[must_use]
    pub fn with_fetcher(mut self, fetcher: Box<dyn Fetcher>) -> TreeFetcher {
        self.fetchers.push(fetcher);
        self
    }

    /// The store that trees are copied to.
    #[must_use]
    pub fn store(&self) -> &dyn TreeStore {
        &*self.store
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> FetchSettings {
        self.settings
    }

    /// Tells what is done.
    pub(crate) fn tell(&self, level: DetailLevel, text: &str) {
        (self.tell)(level, text);
    }

    /// Tells that something is copied to the store.
    fn tell_copying(&self, what: &str) {
        self.tell(DetailLevel::Chatty, &format!("copying {what} to the store"));
    }

    /// Tells a warning.
    pub fn warn(&self, warning: &str) {
        (self.warn)(warning);
    }

    /// Tells once of a working tree that it has changes.
    fn warn_dirty(&self, path: &Path) {
        if self.settings.warn_dirty && self.dirty.borrow_mut().insert(path.to_owned()) {
            self.warn(&FetchError::Dirty(path.to_owned()).to_string());
        }
    }

    /// Warns if a working tree of this machine has changes.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn warn_of_changes(&self, input: &Input) -> Result<(), FetchError> {
        match input.source_path() {
            Some(path) if input.scheme() == Some(Scheme::Git) => git::warn_of_changes(self, &path),
            _ => Ok(()),
        }
    }

    /// All that is known of a directory or a working tree of this machine but its hash: the input
    /// as it would be fetched. Warns of changes.
    ///
    /// # Errors
    /// When it cannot be looked at, or has changes and must not.
    pub fn describe(&self, input: &Input) -> Result<Input, FetchError> {
        match input.scheme() {
            Some(Scheme::Git) => git::describe(self, input),
            _ => path::describe(input),
        }
    }

    /// Asks servers again from now on, whatever they answered not long ago.
    pub fn ask_servers(&self) {
        self.asks_servers.set(true);
    }

    /// Forgets what was fetched from a place, since it has changed.
    pub fn forget(&self, input: &Input) {
        self.fetched
            .borrow_mut()
            .retain(|(key, _), _| *key != input.attributes().to_string());
        if let Some(path) = input.source_path() {
            self.dirty.borrow_mut().remove(&path);
        }
    }

    /// The fetched tree that has this path of the store, and the path in it.
    #[must_use]
    pub fn tree_of(&self, path: &Path) -> Option<(Rc<FetchedTree>, PathBuf)> {
        self.fetched.borrow().values().find_map(|tree| {
            let printed = self.store.store_dir().print(&tree.store_path);
            let below = path
                .strip_prefix(&printed)
                .or_else(|_| path.strip_prefix(&tree.path))
                .ok()?;
            Some((Rc::clone(tree), below.to_owned()))
        })
    }

    /// The trees that are copies of directories of this machine: where they are in the store, and
    /// the directories.
    #[must_use]
    pub fn own_trees(&self) -> Vec<(String, PathBuf)> {
        let fetched = self.fetched.borrow();
        let own = fetched.values().filter_map(|tree| {
            let directory = tree.source.directory()?;
            let stored = self.store.store_dir().print(&tree.store_path);
            Some((stored, directory.to_owned()))
        });
        own.collect()
    }

    /// The file that a path of the store is a copy of, so that messages can name what a user can
    /// edit.
    #[must_use]
    pub fn source_of(&self, path: &Path) -> Option<PathBuf> {
        let (tree, below) = self.tree_of(path)?;
        Some(tree.source.directory()?.join(below))
    }

    /// Fetches a tree. An input is final when it comes from a lock file: then it gets no more
    /// attributes, and what is in the store already is taken from there.
    ///
    /// # Errors
    /// When it cannot be fetched, or is not the tree that the input says it is.
    pub fn fetch(&self, input: &Input, is_final: bool) -> Result<Rc<FetchedTree>, FetchError> {
        let key = (input.attributes().to_string(), is_final);
        if let Some(tree) = self.fetched.borrow().get(&key) {
            return Ok(Rc::clone(tree));
        }
        let tree = Rc::new(self.fetch_new(input, is_final)?);
        self.fetched.borrow_mut().insert(key, Rc::clone(&tree));
        Ok(tree)
    }

    fn fetch_new(&self, input: &Input, is_final: bool) -> Result<FetchedTree, FetchError> {
        let fetched = match self.already_there(input, is_final)? {
            Some(fetched) => fetched,
            None => self.fetch_by_scheme(input)?,
        };
        let Fetched {
            tree,
            input: mut result,
            source,
        } = fetched;
        result.set("narHash", tree.nar_hash.sri());
        check_locks(input, is_final, &mut result)?;
        Ok(FetchedTree {
            path: self.store.real_path(&tree.path),
            store_path: tree.path,
            nar_hash: tree.nar_hash,
            input: result,
            source,
            mounted: None,
        })
    }

    /// A tree whose hash is known and that need not be fetched.
    fn already_there(&self, input: &Input, is_final: bool) -> Result<Option<Fetched>, FetchError> {
        let Some(nar_hash) = input.nar_hash()? else {
            return Ok(None);
        };
        let found = |path| {
            let tree = AddedTree { path, nar_hash };
            Ok(Some(Fetched {
                tree,
                input: input.clone(),
                source: TreeSource::Elsewhere,
            }))
        };
        if let Some(verification) = git::Verification::of(self, input)?
            && !self.was_verified(&verification, input)?
        {
            return Ok(None);
        }
        if is_final
            && let Some(path) = input.store_path(self.store.store_dir())?
            && self.store.is_valid(&path)?
        {
            return found(path);
        }
        if let Some(embedded) = &self.embedded
            && let Some(path) = embedded
                .store_path_of(&nar_hash)
                .map_err(FetchError::Store)?
        {
            return found(path);
        }
        Ok(None)
    }

    /// Returns whether the commit of an input was found to be signed by one of these keys.
    fn was_verified(
        &self,
        verification: &git::Verification,
        input: &Input,
    ) -> Result<bool, FetchError> {
        let Some(revision) = input.revision()? else {
            return Ok(false);
        };
        let key = format!("{} {}", revision.base16(), verification.key_text());
        let cache = self.cache.as_ref();
        Ok(cache.is_some_and(|cache| cache.get("verified", &key).is_some()))
    }

    /// Remembers that a commit was found to be signed by one of these keys.
    fn remember_verified(&self, verification: &git::Verification, revision: &str) {
        if let Some(cache) = &self.cache {
            let key = format!("{revision} {}", verification.key_text());
            cache.set("verified", &key, &true.into());
        }
    }

    fn fetch_by_scheme(&self, input: &Input) -> Result<Fetched, FetchError> {
        if let Some(fetcher) = self.fetchers.iter().find(|fetcher| fetcher.takes(input)) {
            return fetcher.fetch(input, &*self.store);
        }
        match input.scheme() {
            None => Err(FetchError::UnknownScheme(input.attributes().to_string())),
            Some(Scheme::Indirect) => Err(FetchError::Indirect(input.to_string())),
            Some(Scheme::Path) => path::fetch(self, input),
            Some(Scheme::Git) => git::fetch(self, input),
            Some(Scheme::GitHub | Scheme::GitLab | Scheme::SourceHut) => forge::fetch(self, input),
            Some(Scheme::Mercurial) => mercurial::fetch(self, input),
            Some(Scheme::Tarball) => tarball::fetch(self, input),
            Some(Scheme::File) => tarball::fetch_file(self, input),
        }
    }
}

/// Checks the numbers that were found against those that were asked for.
fn check_numbers(input: &Input, result: &Input) -> Result<(), FetchError> {
    let numbers = [
        (
            "lastModified",
            input.last_modified(),
            result.last_modified(),
        ),
        ("revCount", input.revision_count(), result.revision_count()),
    ];
    for (field, expected, found) in numbers {
        if let (Some(expected), Some(found)) = (expected, found)
            && expected != found
        {
            return Err(FetchError::NumberMismatch {
                field,
                input: result.to_string(),
                expected,
                found,
            });
        }
    }
    Ok(())
}

/// Checks what was found against what was asked for. Of a final input nothing is learned.
fn check_locks(input: &Input, is_final: bool, result: &mut Input) -> Result<(), FetchError> {
    let found = result.nar_hash()?;
    let expected = input.nar_hash()?;
    if let (Some(expected), Some(found)) = (expected, found)
        && expected != found
    {
        return Err(FetchError::HashMismatch {
            input: input.to_string(),
            expected: expected.sri(),
            found: found.sri(),
        });
    }
    if is_final {
        let mut specified = input.clone();
        if let Some(hash) = expected {
            // Old lock files have hashes without the padding of base 64.
            specified.set("narHash", hash.sri());
        }
        for (name, value) in specified.attributes().iter() {
            if result
                .attributes()
                .get(name)
                .is_some_and(|found| found != value)
            {
                return Err(FetchError::FieldMismatch {
                    field: name.to_owned(),
                    specified: specified.attributes().to_string(),
                    found: result.attributes().to_string(),
                });
            }
        }
        *result = specified;
        return Ok(());
    }
    check_numbers(input, result)?;
    if let Some(expected) = input.revision()?
        && result.revision()? != Some(expected)
    {
        return Err(FetchError::RevisionMismatch {
            input: result.to_string(),
            expected: expected.base16(),
        });
    }
    Ok(())
}
