//! The tracked files of a working tree, as they are there now.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;
use gix::index::entry::stat::Time;
use gix::index::entry::{Flags, Mode, Stat};
use gix::{Commit, Repository};
use nix_wire::nar::{NarError, Node, Tree};

use super::submodules::{self, Mounted};
use super::verify::Verification;
use super::{NO_REVISION, git_error, revision_count, time_of};
use crate::fetch::mount::RealDirectories;
use crate::fetch::path::Fingerprinter;
use crate::fetch::{FetchError, Fetched, TreeFetcher, TreeSource};
use crate::reference::{Attributes, Input};

pub(super) fn fetch(
    fetcher: &TreeFetcher,
    input: &Input,
    path: &Path,
    repository: &Repository,
) -> Result<Fetched, FetchError> {
    let commit = last_commit(path, repository)?;
    let (mut files, fingerprint, is_clean) = TrackedFiles::of(path, repository, commit.as_ref())?;
    let submodules = match input.is_true("submodules") {
        true => files.submodules(input)?,
        false => Vec::new(),
    };
    let mut has_dirty_submodule = false;
    for (_, submodule) in &submodules {
        let tree = fetcher.fetch(submodule, false)?;
        has_dirty_submodule |= !tree.input.attributes().contains("rev");
    }
    let is_dirty = has_dirty_submodule || (!is_clean && is_dirty(path, repository)?);
    if let Some(verification) = Verification::of(fetcher, input)? {
        match &commit {
            Some(commit) if !is_dirty => verification.check(path, repository, commit.id)?,
            _ => return Err(FetchError::UnverifiedChanges(input.to_string())),
        }
    }
    let result = describe_as(
        fetcher,
        input,
        (path, repository),
        commit.as_ref(),
        is_dirty,
    )?;
    let tree = match input.is_true("submodules") {
        true => {
            let mut mounted = Mounted::new(fetcher, &mut files, submodules)?;
            tell_copying(fetcher, path);
            fetcher.store().add(input.name(), &mut mounted)?
        }
        false => fetcher.add_unless_unchanged(path, &fingerprint.finish(), &mut |store| {
            tell_copying(fetcher, path);
            store.add(input.name(), &mut files)
        })?,
    };
    Ok(Fetched {
        tree,
        input: result,
        source: TreeSource::WorkingTree(path.to_owned()),
    })
}

fn tell_copying(fetcher: &TreeFetcher, path: &Path) {
    fetcher.tell_copying(&format!("'{}/'", path.display()));
}

/// The commit that is checked out; `None` before the first.
fn last_commit<'a>(
    path: &Path,
    repository: &'a Repository,
) -> Result<Option<Commit<'a>>, FetchError> {
    let error = |error: &dyn std::fmt::Display| git_error(path, error);
    let head = repository.head().map_err(|reason| error(&reason))?;
    Ok(match head.is_unborn() {
        true => None,
        false => Some(repository.head_commit().map_err(|reason| error(&reason))?),
    })
}

/// What is known of a working tree without submodules but its hash.
pub(super) fn describe(
    fetcher: &TreeFetcher,
    input: &Input,
    path: &Path,
    repository: &Repository,
) -> Result<Input, FetchError> {
    let commit = last_commit(path, repository)?;
    let (_, _, is_clean) = TrackedFiles::of(path, repository, commit.as_ref())?;
    let is_dirty = !is_clean && is_dirty(path, repository)?;
    describe_as(
        fetcher,
        input,
        (path, repository),
        commit.as_ref(),
        is_dirty,
    )
}

/// Warns if a working tree has changes.
pub(super) fn warn_of_changes(
    fetcher: &TreeFetcher,
    path: &Path,
    repository: &Repository,
) -> Result<(), FetchError> {
    let commit = last_commit(path, repository)?;
    let (_, _, is_clean) = TrackedFiles::of(path, repository, commit.as_ref())?;
    if !is_clean && is_dirty(path, repository)? {
        fetcher.warn_dirty(path);
    }
    Ok(())
}

/// The input with its revision, or with that which it was changed from.
fn describe_as(
    fetcher: &TreeFetcher,
    input: &Input,
    (path, repository): (&Path, &Repository),
    commit: Option<&Commit<'_>>,
    is_dirty: bool,
) -> Result<Input, FetchError> {
    let mut result = input.clone();
    if is_dirty {
        if !fetcher.settings.allow_dirty {
            return Err(FetchError::Dirty(path.to_owned()));
        }
        fetcher.warn_dirty(path);
        if let Some(commit) = commit {
            let revision = commit.id.to_string();
            result.set("dirtyRev", format!("{revision}-dirty"));
            result.set("dirtyShortRev", format!("{}-dirty", &revision[..7]));
        }
    } else {
        let head = repository
            .head()
            .map_err(|reason| git_error(path, &reason))?;
        if let Some(branch) = head.referent_name() {
            result.set("ref", branch.as_bstr().to_str_lossy().into_owned());
        }
        match commit {
            Some(commit) => result.set("rev", commit.id.to_string()),
            None => result.set("rev", NO_REVISION),
        }
        if !input.is_true("shallow") {
            let count = match commit {
                Some(commit) => revision_count(fetcher, path, repository, commit.id)?,
                None => 0,
            };
            result.set("revCount", count);
        }
    }
    let last_modified = commit.map(|commit| time_of(path, commit)).transpose()?;
    result.set("lastModified", last_modified.unwrap_or(0));
    Ok(result)
}

/// Whether index or working tree differ from the last commit. Untracked files do not count. This
/// reads files that may have changed, and the trees of the commit.
fn is_dirty(path: &Path, repository: &Repository) -> Result<bool, FetchError> {
    let mut changes = repository
        .status(gix::progress::Discard)
        .and_then(|status| {
            status
                .untracked_files(gix::status::UntrackedFiles::None)
                .index_worktree_submodules(None)
                .into_iter(None)
        })
        .map_err(|error| git_error(path, &error))?;
    match changes.next() {
        None => Ok(false),
        Some(change) => change
            .map(|_| true)
            .map_err(|error| git_error(path, &error)),
    }
}

/// The tracked files that are there, as a tree.
struct TrackedFiles {
    root: PathBuf,
    /// The names in each directory, by path from the root.
    directories: BTreeMap<PathBuf, Vec<OsString>>,
}

impl TrackedFiles {
    /// Lists the files of the index that are in the working tree, and looks at them. Also says
    /// whether that was enough to see that nothing differs from the commit.
    fn of(
        root: &Path,
        repository: &Repository,
        commit: Option<&Commit<'_>>,
    ) -> Result<(Self, Fingerprinter, bool), FetchError> {
        let error = |error: &dyn std::fmt::Display| git_error(root, error);
        let index = repository
            .index_or_empty()
            .map_err(|reason| error(&reason))?;
        let options = repository.stat_options().map_err(|reason| error(&reason))?;
        // After a commit, the index knows the tree that it is the same as.
        let tree = index
            .tree()
            .filter(|tree| tree.num_entries.is_some())
            .map(|tree| tree.id);
        let mut is_clean = match commit {
            Some(commit) => commit.tree_id().is_ok_and(|id| Some(id.detach()) == tree),
            None => false,
        };
        let mut files = TrackedFiles {
            root: root.to_owned(),
            directories: BTreeMap::new(),
        };
        files.directories.insert(PathBuf::new(), Vec::new());
        let mut fingerprinter = Fingerprinter::new();
        let mut last = None;
        let directories = RealDirectories::default();
        for entry in index.entries() {
            let path = entry.path(&index);
            // Of a file in conflict there are several entries, one after the other. Submodules are
            // not part of the tree.
            if last == Some(path) || entry.mode.is_submodule() {
                continue;
            }
            last = Some(path);
            let path = Path::new(OsStr::from_bytes(path));
            let metadata = directories
                .metadata(root, path)
                .map_err(FetchError::io("getting status of", &root.join(path)))?;
            let metadata = metadata.filter(|found| found.is_file() || found.is_symlink());
            let Some(metadata) = metadata else {
                is_clean = false;
                continue;
            };
            is_clean &= entry.mode == mode_of(&metadata)
                && entry.stage_raw() == 0
                && !entry.flags.contains(Flags::INTENT_TO_ADD)
                && !entry.stat.is_racy(index.timestamp(), options)
                && entry.stat.matches(&stat_of(&metadata), options);
            fingerprinter.add(path.as_os_str().as_bytes(), &metadata);
            files.add(path);
        }
        Ok((files, fingerprinter, is_clean))
    }

    /// The submodules that are checked out, as they are there.
    fn submodules(&mut self, parent: &Input) -> Result<Vec<(PathBuf, Input)>, FetchError> {
        let modules = self.root.join(".gitmodules");
        let text = match fs::read(&modules) {
            Ok(text) => text,
            Err(error) if is_absence(&error) => return Ok(Vec::new()),
            Err(error) => return Err(FetchError::io("reading", &modules)(error)),
        };
        let mut inputs = Vec::new();
        for submodule in submodules::parse(&self.root, &text)? {
            let full = self.root.join(&submodule.path);
            if !full.join(".git").exists() {
                continue;
            }
            let mut attributes = Attributes::from_iter([
                ("type", "git".to_owned()),
                ("url", format!("file://{}", full.display())),
            ]);
            attributes.set("submodules", true);
            for name in ["exportIgnore", "lfs"] {
                if parent.is_true(name) {
                    attributes.set(name, true);
                }
            }
            self.add(&submodule.path);
            inputs.push((submodule.path, Input::from_attributes(attributes)?));
        }
        Ok(inputs)
    }

    fn add(&mut self, path: &Path) {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return;
        };
        if !self.directories.contains_key(parent) {
            self.add(parent);
            self.directories.insert(parent.to_owned(), Vec::new());
        }
        if let Some(names) = self.directories.get_mut(parent) {
            names.push(name.to_owned());
        }
    }
}

/// What Git would record as the mode of a file.
fn mode_of(metadata: &Metadata) -> Mode {
    if metadata.is_symlink() {
        Mode::SYMLINK
    } else if is_executable(metadata) {
        Mode::FILE_EXECUTABLE
    } else {
        Mode::FILE
    }
}

/// What Git would record about a file, to see by it that it has not changed. It keeps only the lower
/// half of each number.
fn stat_of(metadata: &Metadata) -> Stat {
    let time = |seconds: i64, nanoseconds: i64| Time {
        secs: seconds as u32,
        nsecs: nanoseconds as u32,
    };
    Stat {
        mtime: time(metadata.mtime(), metadata.mtime_nsec()),
        ctime: time(metadata.ctime(), metadata.ctime_nsec()),
        dev: metadata.dev() as u32,
        ino: metadata.ino() as u32,
        uid: metadata.uid(),
        gid: metadata.gid(),
        size: metadata.size() as u32,
    }
}

/// Whether a file is not there, or something that is not a directory is where it should be in one.
fn is_absence(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
    )
}

impl Tree for TrackedFiles {
    fn node(&mut self, path: &Path) -> Result<Node, NarError> {
        if let Some(names) = self.directories.get(path) {
            let entries = names
                .iter()
                .map(|name| name.as_bytes().to_owned())
                .collect();
            return Ok(Node::Directory { entries });
        }
        let full = self.root.join(path);
        let file = |error| NarError::File {
            path: full.clone(),
            error,
        };
        let metadata = fs::symlink_metadata(&full).map_err(file)?;
        if metadata.is_symlink() {
            let target = fs::read_link(&full)
                .map_err(file)?
                .into_os_string()
                .into_vec();
            return Ok(Node::Symlink { target });
        }
        match metadata.is_file() {
            true => Ok(Node::Regular {
                executable: is_executable(&metadata),
                size: metadata.len(),
            }),
            false => Err(NarError::UnsupportedType(full)),
        }
    }

    fn copy_contents(&mut self, path: &Path, sink: &mut dyn Write) -> Result<(), NarError> {
        let full = self.root.join(path);
        let file = |error| NarError::File {
            path: full.clone(),
            error,
        };
        let mut contents = fs::File::open(&full).map_err(file)?;
        std::io::copy(&mut contents, sink)?;
        Ok(())
    }
}

/// Whether its owner may execute a file.
fn is_executable(metadata: &Metadata) -> bool {
    metadata.mode() & 0o100 != 0
}
