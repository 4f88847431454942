//! Roots that are files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use nix_wire::StorePath;
use rustix::fs::FlockOperation;

use super::Result;
use crate::error::During;
use crate::local::{LocalStore, replace_link};
use crate::locks;

/// Why an object is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Root {
    /// A link to it, or a file of its name among the roots.
    File(PathBuf),
    /// A process that runs, as of this file about it.
    Process(PathBuf),
    /// A process that uses it for the time being, by number.
    Temporary(String),
}

impl std::fmt::Display for Root {
    /// As Nix tells it: the file, or `{temp:PID}`.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Root::File(path) | Root::Process(path) => write!(formatter, "{}", path.display()),
            Root::Temporary(process) => write!(formatter, "{{temp:{process}}}"),
        }
    }
}

/// Roots by what they keep.
#[derive(Debug, Default)]
pub(super) struct Roots(pub(super) BTreeMap<StorePath, BTreeSet<Root>>);

impl Roots {
    pub(super) fn add(&mut self, path: StorePath, root: Root) {
        self.0.entry(path).or_default().insert(root);
    }

    pub(super) fn extend_with(&mut self, other: Roots) {
        for (path, roots) in other.0 {
            self.0.entry(path).or_default().extend(roots);
        }
    }
}

/// Those in `gcroots` and `profiles`.
pub(super) fn permanent(store: &LocalStore) -> Result<Roots> {
    let mut roots = Roots::default();
    walk(store, &store.layout().gc_roots_dir(), &mut roots)?;
    walk(store, &store.layout().profiles_dir(), &mut roots)?;
    Ok(roots)
}

fn walk(store: &LocalStore, path: &Path, roots: &mut Roots) -> Result<()> {
    let Some(metadata) = readable(fs::symlink_metadata(path)).during("examine", path)? else {
        return Ok(());
    };
    if metadata.is_dir() {
        let Some(entries) = readable(fs::read_dir(path)).during("read directory", path)? else {
            return Ok(());
        };
        for entry in entries {
            walk(store, &entry.during("read directory", path)?.path(), roots)?;
        }
    } else if metadata.is_symlink() {
        link(store, path, roots)?;
    } else if metadata.is_file() {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if let Ok(object) = StorePath::from_base_name(name) {
            add_valid(store, object, path, roots)?;
        }
    }
    Ok(())
}

/// A link into the store keeps an object; one to such a link does, as long as that is there.
fn link(store: &LocalStore, path: &Path, roots: &mut Roots) -> Result<()> {
    let Some(target) = readable(fs::read_link(path)).during("read link", path)? else {
        return Ok(());
    };
    if let Some(object) = object_of(store, &target) {
        return add_valid(store, object, path, roots);
    }
    let target = path.parent().unwrap_or(path).join(target);
    match readable(fs::symlink_metadata(&target)).during("examine", &target)? {
        Some(metadata) if metadata.is_symlink() => {
            let Some(second) = readable(fs::read_link(&target)).during("read link", &target)?
            else {
                return Ok(());
            };
            match object_of(store, &second) {
                Some(object) => add_valid(store, object, &target, roots),
                None => Ok(()),
            }
        }
        Some(_) => Ok(()),
        None => {
            let auto = store.layout().gc_roots_dir().join("auto");
            // Nobody but the store writes there.
            if !path.starts_with(auto) || !is_missing(&target) {
                return Ok(());
            }
            fs::remove_file(path)
                .or_else(missing_is_fine)
                .during("delete", path)?;
            if is_missing(&target) {
                return Ok(());
            }
            // Its owner made the link meanwhile, and may have found the root in its place.
            replace_link(&target, path)?;
            link(store, path, roots)
        }
    }
}

fn object_of(store: &LocalStore, target: &Path) -> Option<StorePath> {
    let (object, _) = store.store_dir().parse_within(target.to_str()?).ok()?;
    Some(object)
}

fn add_valid(store: &LocalStore, object: StorePath, path: &Path, roots: &mut Roots) -> Result<()> {
    if store.is_valid(&object)? {
        roots.add(object, Root::File(path.to_owned()));
    }
    Ok(())
}

/// What processes said that they use, but for those that are no more.
pub(super) fn temporary(store: &LocalStore) -> Result<Roots> {
    let mut roots = Roots::default();
    let directory = store.layout().state_dir.join("temproots");
    let Some(entries) = readable(fs::read_dir(&directory)).during("read directory", &directory)?
    else {
        return Ok(roots);
    };
    for entry in entries {
        let entry = entry.during("read directory", &directory)?;
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let opened = fs::OpenOptions::new().read(true).write(true).open(&path);
        let Some(mut file) = readable(opened).during("open", &path)? else {
            continue;
        };
        if locks::try_lock(&file, &path, FlockOperation::NonBlockingLockExclusive)? {
            if !locks::is_at(&file, &path)? {
                // Another process has made its own since; whatever is in it was not there when the
                // collection began, so its process has to ask.
                continue;
            }
            // Its process is dead. One with its number may be about to lock it: it will see that
            // the file is not there any more, and Nix that it is not empty.
            fs::remove_file(&path)
                .or_else(missing_is_fine)
                .during("delete", &path)?;
            file.write_all(b"d").during("write", &path)?;
            continue;
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text).during("read", &path)?;
        // What has no end yet is being written by a process that waits for its lock.
        let mut names: Vec<&[u8]> = text.split(|byte| *byte == 0).collect();
        names.pop();
        for root in names {
            let object = std::str::from_utf8(root)
                .ok()
                .and_then(|text| store.store_dir().parse(text).ok());
            if let Some(object) = object {
                roots.add(object, Root::Temporary(name.clone()));
            }
        }
    }
    Ok(roots)
}

/// What may not be read, or is gone, is no root.
fn readable<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound
                    | io::ErrorKind::PermissionDenied
                    | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn is_missing(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

fn missing_is_fine(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound {
        Ok(())
    } else {
        Err(error)
    }
}
