//! Files as an evaluation may see them: links followed, and every place checked.
//!
//! Links are followed first, one component after the other. A place that must not be read is treated as
//! missing on the way, so a link there is not followed; at the end of the way it is an error. A
//! [`Resolved`] path can only be made here, and nothing else asks the host about files. So there is one
//! rule for all builtins, imports and coercions.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;
use std::path::Path;
use std::rc::Rc;

use crate::error::{ErrorKind, EvalError, Result};
use crate::evaluator::Evaluator;
use crate::files::{INTERNAL, internal};
use crate::hasher::FastHasher;
use crate::host::{AddPath, FileType, Filter, HostError};
use crate::paths;
use crate::unit::{CompiledFiles, Unit};

/// The number of links that are followed on one way.
const MAX_LINKS: usize = 1024;

type PathMap<T> = RefCell<HashMap<Rc<[u8]>, T, FastHasher>>;

/// What is known about the places of files.
#[derive(Default)]
pub(crate) struct Access {
    types: PathMap<FileType>,
    /// From a path to the place that it leads to, for places that exist.
    resolved: PathMap<Rc<[u8]>>,
    /// What may be read if not everything may.
    allowed: RefCell<BTreeSet<Vec<u8>>>,
}

impl Access {
    pub(crate) fn allow(&self, path: &[u8]) {
        self.allowed.borrow_mut().insert(path.to_vec());
    }

    /// Returns whether a path is one that is allowed, or lies below one.
    fn is_inside(&self, path: &[u8]) -> bool {
        let allowed = self.allowed.borrow();
        let mut outer = path;
        loop {
            if allowed.contains(outer) {
                return true;
            }
            if outer == b"/" {
                return false;
            }
            outer = paths::parent(outer);
        }
    }

    /// Returns whether a path is one that is allowed, lies below one, or leads to one.
    fn is_allowed(&self, path: &[u8]) -> bool {
        if self.is_inside(path) {
            return true;
        }
        let allowed = self.allowed.borrow();
        let below = join(path, b"");
        let from = (Bound::Included(&below[..]), Bound::Unbounded);
        let first = allowed.range::<[u8], _>(from).next();
        first.is_some_and(|first| first.starts_with(&below))
    }
}

/// A path whose links were followed, at least those of its directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolved(Rc<[u8]>);

impl Resolved {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn path(&self) -> &Path {
        paths::to_path(&self.0)
    }
}

/// Joins a directory and the name of an entry.
pub(crate) fn join(directory: &[u8], name: &[u8]) -> Vec<u8> {
    if directory == b"/" {
        [b"/", name].concat()
    } else {
        [directory, b"/", name].concat()
    }
}

/// Returns the parts of a path, last first.
fn parts(path: &[u8]) -> Vec<Vec<u8>> {
    let parts = path.split(|&byte| byte == b'/').rev();
    parts
        .filter(|part| !part.is_empty() && *part != b".")
        .map(<[u8]>::to_vec)
        .collect()
}

/// The error about a path that does not exist.
pub(crate) fn does_not_exist(path: &[u8]) -> Box<EvalError> {
    let message = format!("path '{}' does not exist", String::from_utf8_lossy(path));
    EvalError::new(ErrorKind::Io, message)
}

/// The error about a path on which links lead to links without end.
pub(crate) fn too_many_links(path: &[u8]) -> Box<EvalError> {
    let path = String::from_utf8_lossy(path);
    let message = format!("too many symbolic links encountered while traversing the path '{path}'");
    EvalError::new(ErrorKind::Io, message)
}

/// The error about the directory of the store, which depends on the machine.
fn not_in_store(directory: &[u8]) -> Box<EvalError> {
    let directory = String::from_utf8_lossy(directory);
    let message = format!("path '{directory}/' is not in the Nix store");
    EvalError::new(ErrorKind::InvalidPath, message)
}

// ---- Where a path leads ----

impl Evaluator {
    /// Follows all links of a path, as far as it exists and may be seen.
    pub(crate) fn resolve(&self, path: &[u8]) -> Result<Resolved> {
        if let Some(known) = self.access.resolved.borrow().get(path) {
            return Ok(Resolved(Rc::clone(known)));
        }
        let resolved = Resolved(Rc::from(self.follow(path)?));
        if self.visible_type(&resolved)?.is_some() {
            self.access
                .resolved
                .borrow_mut()
                .insert(Rc::from(path), Rc::clone(&resolved.0));
        }
        Ok(resolved)
    }

    /// Follows the links of a path but the last: the result can be a link.
    pub(crate) fn resolve_ancestors(&self, path: &[u8]) -> Result<Resolved> {
        if path == b"/" {
            return Ok(Resolved(Rc::from(path)));
        }
        let directory = self.resolve(paths::parent(path))?;
        Ok(Resolved(Rc::from(join(
            directory.bytes(),
            paths::base_name(path),
        ))))
    }

    fn follow(&self, path: &[u8]) -> Result<Vec<u8>> {
        if path.starts_with(INTERNAL) {
            return Ok(path.to_vec());
        }
        let mut links = 0;
        let mut resolved = Resolved(Rc::from(&b"/"[..]));
        let mut rest = parts(path);
        while let Some(part) = rest.pop() {
            if part == b".." {
                resolved = Resolved(Rc::from(paths::parent(&resolved.0)));
                continue;
            }
            let next = Resolved(Rc::from(join(&resolved.0, &part)));
            if self.leads_to_store(&next.0) || self.visible_type(&next)? != Some(FileType::Symlink)
            {
                resolved = next;
                continue;
            }
            links += 1;
            if links > MAX_LINKS {
                return Err(too_many_links(path));
            }
            let target = self.link_target(&next)?;
            if target.starts_with(b"/") {
                resolved = Resolved(Rc::from(&b"/"[..]));
            }
            rest.extend(parts(&target));
        }
        Ok(resolved.0.to_vec())
    }

    /// Returns whether a path is the directory of the store or above it, and only what is allowed may
    /// be read. Paths of the store are then taken as they are, wherever its directory is.
    fn leads_to_store(&self, path: &[u8]) -> bool {
        let store = self.host.store_dir().as_bytes();
        self.is_restricted()
            && store.strip_prefix(path).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with(b"/") || path.ends_with(b"/")
            })
    }

    /// Returns whether a path leads to the store of a pure evaluation, for which there are no other files.
    fn is_bare(&self, path: &[u8]) -> bool {
        self.settings.pure_eval && self.leads_to_store(path)
    }

    /// Fails if a path is the directory of the store of a pure evaluation: what is in it depends on the
    /// machine.
    fn check_not_store(&self, path: &[u8]) -> Result<()> {
        if !self.settings.pure_eval || path != self.host.store_dir().as_bytes() {
            return Ok(());
        }
        Err(not_in_store(path))
    }
}

// ---- What is there ----

impl Evaluator {
    /// Returns the type of what is at a path; `None` if nothing is, or if it must not be seen.
    pub(crate) fn visible_type(&self, path: &Resolved) -> Result<Option<FileType>> {
        if !self.may_read(&path.0) {
            return Ok(None);
        }
        if let Some(&known) = self.access.types.borrow().get(&path.0) {
            return Ok(Some(known));
        }
        if path.0.starts_with(INTERNAL) {
            return Ok(internal(&path.0).map(|_| FileType::Regular));
        }
        if self.is_bare(&path.0) {
            return Ok(Some(FileType::Directory));
        }
        let found = self.host.file_type(path.path())?;
        if let Some(found) = found {
            let mut types = self.access.types.borrow_mut();
            types.insert(Rc::clone(&path.0), found);
        }
        Ok(found)
    }

    /// Returns the type of what is at a path, which has to exist and be allowed.
    pub(crate) fn existing_type(&self, path: &Resolved) -> Result<FileType> {
        self.check_access(&path.0)?;
        self.visible_type(path)?
            .ok_or_else(|| does_not_exist(&path.0))
    }

    /// Reads a file.
    pub(crate) fn read_resolved(&self, path: &Resolved) -> Result<Vec<u8>> {
        self.check_access(&path.0)?;
        if self.is_bare(&path.0) {
            self.check_not_store(&path.0)?;
            let path = String::from_utf8_lossy(&path.0);
            let message = format!("file '{path}' is not a regular file");
            return Err(EvalError::new(ErrorKind::Io, message));
        }
        match internal(&path.0) {
            Some((_, text)) => Ok(text.to_vec()),
            None => Ok(self.host.read_file(path.path())?),
        }
    }

    /// Reads the target of a link.
    pub(crate) fn link_target(&self, path: &Resolved) -> Result<Vec<u8>> {
        self.check_access(&path.0)?;
        Ok(self.host.read_link(path.path())?)
    }

    /// Returns the entries of a directory that may be seen, sorted by name, so that the numbers of new
    /// names do not depend on the file system.
    pub(crate) fn directory_entries(&self, path: &Resolved) -> Result<Vec<(Vec<u8>, FileType)>> {
        self.check_access(&path.0)?;
        self.check_not_store(&path.0)?;
        if self.is_bare(&path.0) {
            return Ok(Vec::new());
        }
        let mut entries = self.host.read_dir(path.path())?;
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        if self.is_restricted() {
            entries.retain(|(name, _)| self.may_read(&join(&path.0, name)));
        }
        Ok(entries)
    }

    /// Copies a file or directory to the store; `request` says how, its path is replaced. What was
    /// copied may be read.
    pub(crate) fn add_resolved(
        &self,
        path: &Resolved,
        request: AddPath<'_>,
        mut filter: Option<&mut Filter<'_>>,
    ) -> Result<String> {
        self.check_access(&path.0)?;
        self.check_not_store(&path.0)?;
        if !self.settings.pure_eval && self.leads_to_store(&path.0) {
            return Err(not_in_store(self.host.store_dir().as_bytes()));
        }
        let request = AddPath {
            path: path.path(),
            ..request
        };
        let stored = if self.is_restricted() && !self.access.is_inside(&path.0) {
            // Of a directory that merely leads to what is allowed, only the way there is seen.
            let mut seen = |file: &Path, kind| {
                let is_seen = !self.settings.pure_eval && self.may_read(paths::to_bytes(file));
                match &mut filter {
                    Some(filter) if is_seen => filter(file, kind),
                    _ => Ok(is_seen),
                }
            };
            self.host.add_path(&request, Some(&mut seen))?
        } else {
            self.host.add_path(&request, filter)?
        };
        self.access.allow(stored.as_bytes());
        Ok(stored)
    }

    /// Returns the compiled form of a file that is unchanged.
    pub(crate) fn compiled_file(
        &self,
        kept: &dyn CompiledFiles,
        path: &Resolved,
    ) -> Result<Option<Unit>> {
        self.check_access(&path.0)?;
        Ok(kept.find(path.path()))
    }

    /// Returns the text of a source file that was read before, for messages about it.
    pub(crate) fn read_source(&self, path: &[u8]) -> Option<Vec<u8>> {
        let resolved = self.resolve(path).ok()?;
        self.read_resolved(&resolved).ok()
    }
}

// ---- What may be read ----

impl Evaluator {
    /// Reads a file that may be read, following links.
    ///
    /// # Errors
    ///
    /// If it must not be read, or cannot be.
    pub fn read_file(&self, path: &Path) -> Result<Vec<u8>> {
        let path = paths::normalize(paths::to_bytes(path));
        self.read_resolved(&self.resolve(&path)?)
    }

    /// Allows a path (and everything below it) to be read although evaluation is pure or
    /// restricted.
    pub fn allow_path(&self, path: &Path) {
        self.access.allow(&paths::normalize(paths::to_bytes(path)));
    }

    /// Returns whether there are paths that must not be read.
    #[inline]
    pub(crate) fn is_restricted(&self) -> bool {
        self.settings.pure_eval || self.settings.restrict_eval
    }

    #[inline]
    fn may_read(&self, path: &[u8]) -> bool {
        !self.is_restricted() || path.starts_with(INTERNAL) || self.access.is_allowed(path)
    }

    /// Fails if a path must not be read.
    #[inline]
    pub(crate) fn check_access(&self, path: &[u8]) -> Result<()> {
        match self.may_read(path) {
            true => Ok(()),
            false => Err(self.forbidden(path)),
        }
    }

    #[cold]
    fn forbidden(&self, path: &[u8]) -> Box<EvalError> {
        let mode = match self.settings.pure_eval {
            true => "in pure evaluation mode (use '--impure' to override)",
            false => "in restricted mode",
        };
        let path = String::from_utf8_lossy(path);
        HostError {
            kind: ErrorKind::Restricted,
            message: format!("access to absolute path '{path}' is forbidden {mode}"),
            status: 1,
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::Access;

    #[test]
    fn allowed_are_a_path_what_is_below_and_what_leads_there() {
        let access = Access::default();
        access.allow(b"/nix/store/a");
        access.allow(b"/home/u/x");
        for path in [
            "/",
            "/nix",
            "/nix/store",
            "/nix/store/a",
            "/nix/store/a/b/c",
            "/home/u/x/y",
        ] {
            assert!(access.is_allowed(path.as_bytes()), "{path}");
        }
        for path in [
            "/nix/store/ab",
            "/nix/store/b",
            "/ni",
            "/home/u/xy",
            "/home/v",
            "/etc/passwd",
        ] {
            assert!(!access.is_allowed(path.as_bytes()), "{path}");
        }
        access.allow(b"/");
        assert!(access.is_allowed(b"/etc/passwd"));
    }
}
