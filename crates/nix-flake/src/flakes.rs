//! Flakes as they are used: fetched, read, locked.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use nix_eval::Evaluator;
use nix_wire::StorePath;
use nix_wire::nar::Filesystem;

use crate::error::FlakeError;
use crate::fetch::{DetailLevel, FetchedTree, TreeFetcher};
use crate::flake::FlakeFile;
use crate::flake_file::{FlakeFileError, FlakeFileReader};
use crate::lock::{
    FlakeRequest, FlakeSource, InputPath, LockError, LockFile, LockedFlakeInput, LockedTreeInput,
};
use crate::reference::FlakeReference;
use crate::registry::{Registries, RegistryScope};

/// A directory of a fetched tree.
#[derive(Debug, Clone)]
pub struct TreeLocation {
    /// The tree.
    pub tree: Rc<FetchedTree>,
    /// The directory, from the root of the tree.
    pub directory: PathBuf,
}

impl TreeLocation {
    /// Where it can be read.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        join(&self.tree.path, &self.directory)
    }

    /// The directory as lock files and the language have it, with slashes.
    #[must_use]
    pub fn directory_text(&self) -> String {
        self.directory.to_string_lossy().into_owned()
    }
}

/// Joins without that an empty path leaves a slash.
fn join(directory: &Path, below: &Path) -> PathBuf {
    match below.as_os_str().is_empty() {
        true => directory.to_owned(),
        false => directory.join(below),
    }
}

/// A flake that was fetched and read.
#[derive(Debug, Clone)]
pub struct Flake {
    /// As it was asked for.
    pub original: FlakeReference,
    /// As the registries have it.
    pub resolved: FlakeReference,
    /// As it was found.
    pub locked: FlakeReference,
    /// What its `flake.nix` says.
    pub file: FlakeFile,
    /// Where it is.
    pub location: TreeLocation,
}

/// What flakes are fetched with. Shared by all that deals with flakes in one evaluation.
#[derive(Debug)]
pub struct Flakes {
    /// Fetches trees.
    pub fetcher: Rc<TreeFetcher>,
    /// Knows names.
    pub registries: Registries,
    /// Whether lock files may have inputs that only their hash makes sure of.
    pub allow_dirty_locks: bool,
}

impl Flakes {
    /// Flakes of these places.
    #[must_use]
    pub fn new(fetcher: impl Into<Rc<TreeFetcher>>, registries: Registries) -> Flakes {
        Flakes {
            fetcher: fetcher.into(),
            registries,
            allow_dirty_locks: false,
        }
    }

    /// Where evaluation sees a directory of a tree.
    #[must_use]
    pub fn evaluation_path(&self, location: &TreeLocation) -> PathBuf {
        let root = self
            .fetcher
            .store()
            .store_dir()
            .print(&location.tree.store_path);
        join(Path::new(&root), &location.directory)
    }

    /// Warns if a reference names a branch, but stands for what the program carries with itself.
    pub fn warn_of_branch(&self, original: &FlakeReference, resolved: &FlakeReference) {
        if let Some(branch) = self.registries.ignored_branch(original, resolved)
            && branch != "master"
        {
            self.fetcher.warn(&format!(
                "'{original}' stands for the source that this program carries with itself, which \
                 is not that of the branch '{branch}'"
            ));
        }
    }

    /// Fetches and reads a flake.
    ///
    /// # Errors
    /// When it cannot be found or fetched, or is no flake.
    pub fn flake(
        &self,
        evaluator: &Evaluator,
        request: &FlakeRequest<'_>,
    ) -> Result<Flake, FlakeError> {
        let original = request.reference;
        let resolved = self.registries.resolve(original, request.registries)?;
        self.warn_of_branch(original, &resolved);
        let mut tree = self.fetch(&resolved, request.is_final)?;
        let location = |tree| TreeLocation {
            tree,
            directory: normal(&resolved.directory),
        };
        let at = location(Rc::clone(&tree));
        let mut file = self.read(evaluator, &resolved, &at, request.root)?;
        // The flake may say that it needs more of its own repository.
        let mut wanted = tree.input.clone();
        for (name, value) in file.self_attributes.iter() {
            wanted.set(name, value.clone());
        }
        if wanted != tree.input {
            wanted.remove("narHash");
            self.fetcher.tell(
                DetailLevel::Debug,
                &format!("refetching input '{wanted}' due to self attribute"),
            );
            tree = self.fetcher.fetch(&wanted, request.is_final)?;
            file = self.read(
                evaluator,
                &resolved,
                &location(Rc::clone(&tree)),
                request.root,
            )?;
        }
        let locked = FlakeReference {
            input: tree.input.clone(),
            directory: resolved.directory.clone(),
        };
        let location = location(tree);
        Ok(Flake {
            original: original.clone(),
            resolved,
            locked,
            file,
            location,
        })
    }

    fn fetch(
        &self,
        reference: &FlakeReference,
        is_final: bool,
    ) -> Result<Rc<FetchedTree>, FlakeError> {
        self.fetcher
            .fetch(&reference.input, is_final)
            .map_err(|error| {
                FlakeError::from(error)
                    .context(format!("while fetching the input '{}'", reference.input))
            })
    }

    /// Reads the `flake.nix` of a directory.
    pub(crate) fn read(
        &self,
        evaluator: &Evaluator,
        reference: &FlakeReference,
        location: &TreeLocation,
        lock_root: &InputPath,
    ) -> Result<FlakeFile, FlakeError> {
        let store = self.fetcher.store();
        let root = PathBuf::from(store.store_dir().print(&location.tree.store_path));
        evaluator.allow_path(&root);
        let directory = self.evaluation_path(location);
        let real_file = location.path().join("flake.nix");
        if real_file.symlink_metadata().is_err() {
            if let Some(untracked) = self.fetcher.untracked_file(&real_file) {
                return Err(FlakeError::Untracked(untracked));
            }
            let path = location.directory.join("flake.nix");
            let flake = reference.to_string();
            return Err(FlakeFileError::Missing { flake, path }.into());
        }
        FlakeFileReader {
            evaluator,
            flake: reference,
            root: &root,
            directory: &directory,
            lock_root,
            source_of: &|path| self.fetcher.source_of(path),
            add_path: &|path| {
                if location.tree.mounted.is_some() {
                    return Err(FlakeError::MissingPath(path.to_owned()));
                }
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let real = path.strip_prefix(&root).unwrap_or(path);
                let mut file = Filesystem::new(join(&location.tree.path, real));
                let added = store.add(&name, &mut file)?;
                Ok(store.store_dir().print(&added.path))
            },
        }
        .read()
    }

    /// The lock file of a flake.
    ///
    /// # Errors
    /// When it cannot be read or is malformed.
    pub(crate) fn read_lock_file(&self, path: &Path, shown: &Path) -> Result<LockFile, FlakeError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(LockFile::default());
            }
            Err(error) => return Err(FlakeError::io("reading", shown, error)),
        };
        let (lock_file, warnings) = LockFile::parse(&text, &shown.display().to_string())?;
        // The hash of a tree is enough to know it.
        if let Some(locked) = lock_file.unlocked_input(true, self.fetcher.settings().trusts_forges)
        {
            return Err(LockError::UnlockedInput(locked.input.attributes().to_string()).into());
        }
        for warning in warnings {
            self.fetcher.warn(&warning.to_string());
        }
        Ok(lock_file)
    }

    /// The lock file of the flake at a location.
    ///
    /// # Errors
    /// When it cannot be read or is malformed.
    pub fn lock_file_at(&self, location: &TreeLocation) -> Result<LockFile, FlakeError> {
        let path = location.path().join("flake.lock");
        let shown = self
            .fetcher
            .source_of(&path)
            .unwrap_or_else(|| path.clone());
        self.read_lock_file(&path, &shown)
    }
}

/// A directory of a tree without `.`, `..` and double slashes. It cannot lead out of the tree.
pub(crate) fn normal(directory: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for component in Path::new(directory).components() {
        match component {
            Component::Normal(name) => path.push(name),
            Component::ParentDir => {
                path.pop();
            }
            _ => {}
        }
    }
    path
}

/// The directory that a relative path leads to from another; `None` if it leads out of the tree.
fn below(directory: &Path, path: &str) -> Option<PathBuf> {
    let mut result = directory.to_owned();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(name) => result.push(name),
            Component::ParentDir if result.pop() => {}
            Component::ParentDir => return None,
            _ => {}
        }
    }
    Some(result)
}

/// Flakes with an evaluator that reads them: where locking finds flakes.
pub struct EvaluatedFlakes<'a> {
    /// The flakes.
    pub flakes: &'a Flakes,
    /// What reads them.
    pub evaluator: &'a Evaluator,
}

impl EvaluatedFlakes<'_> {
    /// Why there is no flake in a directory outside of the tree that it should be in. An impure
    /// evaluation may look there, and finds that nothing in the store has such a name.
    fn outside_of_tree(&self, directory: &Path) -> FlakeError {
        let outside = || FlakeError::OutsideOfTree(directory.join("flake.nix"));
        let is_pure = self.evaluator.settings().pure_eval;
        let store_dir = self.flakes.fetcher.store().store_dir().to_string();
        let inside = directory.strip_prefix(store_dir).ok();
        let name = inside.and_then(|inside| inside.components().next());
        match name.filter(|_| !is_pure) {
            None => outside(),
            Some(name) => StorePath::from_base_name(&name.as_os_str().to_string_lossy())
                .map_or_else(FlakeError::from, |_| outside()),
        }
    }
}

impl FlakeSource for EvaluatedFlakes<'_> {
    type Location = TreeLocation;

    fn flake(
        &mut self,
        request: &FlakeRequest<'_>,
    ) -> Result<LockedFlakeInput<TreeLocation>, FlakeError> {
        let flake = self.flakes.flake(self.evaluator, request)?;
        let (locked, location) = (flake.locked, flake.location);
        Ok(LockedFlakeInput {
            locked,
            inputs: flake.file.inputs,
            location,
        })
    }

    fn relative_flake(
        &mut self,
        parent: &TreeLocation,
        request: &FlakeRequest<'_>,
    ) -> Result<LockedFlakeInput<TreeLocation>, FlakeError> {
        let reference = request.reference;
        let path = reference.input.relative_path().unwrap_or_default();
        let mut location =
            self.relative_tree(parent, path)
                .map_err(|error| match error.cause() {
                    FlakeError::OutsideOfTree(path) => self.outside_of_tree(path),
                    _ => error,
                })?;
        location.directory = join(&location.directory, &normal(&reference.directory));
        let file = self
            .flakes
            .read(self.evaluator, reference, &location, request.root)?;
        let inputs: BTreeMap<_, _> = file.inputs;
        Ok(LockedFlakeInput {
            locked: reference.clone(),
            inputs,
            location,
        })
    }

    fn tree(
        &mut self,
        reference: &FlakeReference,
        registries: RegistryScope,
    ) -> Result<LockedTreeInput<TreeLocation>, FlakeError> {
        let resolved = self.flakes.registries.resolve(reference, registries)?;
        let tree = self.flakes.fetch(&resolved, false)?;
        let locked = FlakeReference {
            input: tree.input.clone(),
            directory: reference.directory.clone(),
        };
        let directory = PathBuf::new();
        Ok(LockedTreeInput {
            locked,
            location: TreeLocation { tree, directory },
        })
    }

    fn relative_tree(
        &mut self,
        parent: &TreeLocation,
        path: &str,
    ) -> Result<TreeLocation, FlakeError> {
        let directory = below(&parent.directory, path).ok_or_else(|| {
            let at = self.flakes.evaluation_path(parent);
            let outside = below(&at, path).unwrap_or_else(|| PathBuf::from("/"));
            FlakeError::OutsideOfTree(outside)
        })?;
        // Whether it is there shows when it is used: a flake is read at once.
        Ok(TreeLocation {
            tree: Rc::clone(&parent.tree),
            directory,
        })
    }

    fn lock_file(&mut self, location: &TreeLocation) -> Result<LockFile, FlakeError> {
        if location.tree.mounted.is_some() {
            // Nobody would know that it was read.
            return Err(FlakeError::MissingPath(location.path()));
        }
        self.flakes.lock_file_at(location)
    }
}
