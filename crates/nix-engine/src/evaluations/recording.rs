//! The files of an evaluation whose flake is mounted, with what it reads of them written down.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use nix_eval::host::{FileType, Filter, HostError, HostResult};
use nix_eval::{ErrorKind, EvalError, Mounts};
use nix_flake::fetch::{MountedKind, MountedTree};
use nix_wire::nar::Tree;

use super::reads::{
    Answer, Asked, Copied, Place, Reads, Takes, entries_text, fingerprint, hash_of, kind_text, link,
};

/// What is in a directory.
type Entries = Vec<(Vec<u8>, FileType)>;

/// An evaluation that is being recorded.
pub(crate) struct Recording {
    /// The tree of the flake.
    pub(crate) tree: MountedTree,
    /// All files.
    pub(crate) machine: MountedTree,
    /// Where the evaluator sees the tree.
    pub(crate) seen_at: PathBuf,
    store_dir: PathBuf,
    /// What must not be observed.
    pub(crate) mounts: Rc<Mounts>,
    pub(crate) reads: RefCell<Reads>,
}

/// The error that ends an evaluation of which the result would not count.
pub(crate) fn spoiled() -> HostError {
    let mut error = HostError::new("the source is not in the store yet");
    error.kind = ErrorKind::Interrupted;
    error
}

fn file_type(kind: MountedKind) -> FileType {
    match kind {
        MountedKind::Regular => FileType::Regular,
        MountedKind::Directory => FileType::Directory,
        MountedKind::Symlink => FileType::Symlink,
        MountedKind::Other => FileType::Unknown,
    }
}

impl Recording {
    pub(crate) fn new(
        tree: MountedTree,
        seen_at: PathBuf,
        store_dir: &str,
        hash_part: &str,
    ) -> Recording {
        Recording {
            tree,
            machine: MountedTree::directory("/"),
            seen_at,
            store_dir: PathBuf::from(store_dir),
            mounts: Rc::new(Mounts::new([hash_part.to_owned()])),
            reads: RefCell::default(),
        }
    }

    /// What a path of the evaluation is a path of; `None` for the rest of the store, which does not
    /// change.
    fn locate(&self, path: &Path) -> Option<(Place, PathBuf)> {
        if let Ok(below) = path.strip_prefix(&self.seen_at) {
            return Some((Place::Tree, below.to_owned()));
        }
        if path.starts_with(&self.store_dir) {
            return None;
        }
        let below = path.strip_prefix("/").unwrap_or(path);
        Some((Place::Machine, below.to_owned()))
    }

    /// Whether a path is one that is recorded.
    pub(crate) fn covers(&self, path: &Path) -> bool {
        self.locate(path).is_some()
    }

    /// Whether a store path is that of the mounted tree.
    pub(crate) fn is_mounted(&self, path: &str) -> bool {
        Path::new(path) == self.seen_at
    }

    fn tree(&self, place: Place) -> &MountedTree {
        match place {
            Place::Tree => &self.tree,
            Place::Machine => &self.machine,
        }
    }

    fn note(&self, place: Place, asked: Asked, path: &Path, answer: impl Into<Answer>) {
        let mut reads = self.reads.borrow_mut();
        reads.note(place, asked, path, answer.into());
    }

    /// Notes that something was read that cannot be compared later.
    pub(crate) fn note_volatile(&self) {
        self.reads.borrow_mut().is_volatile = true;
    }

    /// What is neither as usual nor worth an explanation here is left to an evaluation of a copy.
    fn give_up(&self, _: io::Error) -> HostError {
        self.mounts.observe_path();
        spoiled()
    }

    /// Notes what is at a path, and gives it.
    fn kind(&self, place: Place, path: &Path) -> HostResult<Option<MountedKind>> {
        let kind = self.tree(place).kind(path);
        let kind = kind.map_err(|error| self.give_up(error))?;
        self.note(place, Asked::Kind, path, kind_text(kind));
        Ok(kind)
    }

    /// Fails unless something of a kind is at a path.
    fn expect(&self, place: Place, path: &Path, wanted: MountedKind) -> HostResult<()> {
        if self.kind(place, path)? == Some(wanted) {
            return Ok(());
        }
        Err(self.give_up(io::ErrorKind::NotFound.into()))
    }

    /// As [`nix_eval::Host::read_file`]; `None` for what is not recorded.
    pub(crate) fn read_file(&self, path: &Path) -> HostResult<Option<Vec<u8>>> {
        let Some((place, path)) = self.locate(path) else {
            return Ok(None);
        };
        self.expect(place, &path, MountedKind::Regular)?;
        let tree = self.tree(place);
        // Before it is read: what changes meanwhile looks different later.
        let fingerprint = fingerprint(tree, &path);
        let bytes = fs::read(tree.real_path(&path)).map_err(|error| self.give_up(error))?;
        let text = hash_of(&bytes);
        let answer = Answer { text, fingerprint };
        self.note(place, Asked::Contents, &path, answer);
        Ok(Some(bytes))
    }

    /// As [`nix_eval::Host::file_type`]; `None` for what is not recorded.
    pub(crate) fn file_type(&self, path: &Path) -> HostResult<Option<Option<FileType>>> {
        let Some((place, path)) = self.locate(path) else {
            return Ok(None);
        };
        Ok(Some(self.kind(place, &path)?.map(file_type)))
    }

    /// As [`nix_eval::Host::read_dir`]; `None` for what is not recorded.
    pub(crate) fn read_dir(&self, path: &Path) -> HostResult<Option<Entries>> {
        let Some((place, path)) = self.locate(path) else {
            return Ok(None);
        };
        self.expect(place, &path, MountedKind::Directory)?;
        let entries = self.tree(place).entries(&path);
        let entries = entries.map_err(|error| self.give_up(error))?;
        self.note(place, Asked::Entries, &path, entries_text(&entries));
        let typed = entries
            .into_iter()
            .map(|(name, kind)| (name, file_type(kind)));
        Ok(Some(typed.collect()))
    }

    /// As [`nix_eval::Host::read_link`]; `None` for what is not recorded.
    pub(crate) fn read_link(&self, path: &Path) -> HostResult<Option<Vec<u8>>> {
        let Some((place, path)) = self.locate(path) else {
            return Ok(None);
        };
        self.expect(place, &path, MountedKind::Symlink)?;
        let target = link(self.tree(place), &path).map_err(|error| self.give_up(error))?;
        self.note(place, Asked::Link, &path, hash_of(&target));
        Ok(Some(target))
    }

    /// The size of a file that is recorded; `None` for anything else.
    pub(crate) fn size_of_file(&self, path: &Path) -> Option<u64> {
        let (place, path) = self.locate(path)?;
        let tree = self.tree(place);
        if tree.kind(&path).ok()? != Some(MountedKind::Regular) {
            return None;
        }
        Some(fs::symlink_metadata(tree.real_path(&path)).ok()?.len())
    }

    /// Copies a path to the store: `copy` is called with it as a tree. A failure of the filter is put
    /// into `failure`.
    pub(crate) fn copy<T>(
        &self,
        path: &Path,
        filter: Option<&mut Filter<'_>>,
        failure: &mut Option<Box<EvalError>>,
        copy: impl FnOnce(&mut dyn Tree) -> T,
    ) -> T {
        let (place, below) = self
            .locate(path)
            .unwrap_or((Place::Machine, path.to_owned()));
        let note = |asked, path: &Path, answer| self.note(place, asked, path, answer);
        let mut asked;
        let filter: Option<&mut Takes<'_>> = match filter {
            None => None,
            Some(filter) => {
                asked = |entry: &Path, kind: MountedKind| {
                    filter(&path.join(entry), file_type(kind)).map_err(|error| {
                        *failure = Some(error);
                        io::Error::other("the filter failed")
                    })
                };
                Some(&mut asked)
            }
        };
        copy(&mut Copied {
            tree: self.tree(place),
            root: &below,
            filter,
            note: &note,
            open: None,
        })
    }
}
