//! The tree of a commit.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;
use gix::objs::tree::EntryKind;
use gix::{ObjectId, Repository};
use nix_wire::nar::{NarError, Node, Tree};

use super::lfs::LargeFiles;
use super::submodules::{self, Mounted};
use super::verify::Verification;
use super::{DEFAULT_BRANCH, export, git_error, revision_count, time_of};
use crate::fetch::{FetchError, Fetched, TreeFetcher, TreeSource, check_numbers};
use crate::reference::Input;

pub(super) fn fetch(
    fetcher: &TreeFetcher,
    input: &Input,
    path: &Path,
    repository: &Repository,
) -> Result<Fetched, FetchError> {
    let mut result = input.clone();
    let branch = match input.branch() {
        Some(branch) => branch.to_owned(),
        None => default_branch(fetcher, path, repository)?,
    };
    let id = match input.revision()? {
        Some(revision) => ObjectId::from_hex(revision.base16().as_bytes())
            .map_err(|error| git_error(path, &error))?,
        None => resolve(path, repository, &branch)?,
    };
    let missing = |_| FetchError::MissingRevision {
        path: path.to_owned(),
        revision: id.to_string(),
    };
    let commit = repository.find_commit(id).map_err(missing)?;
    if let Some(verification) = Verification::of(fetcher, input)? {
        verification.check(path, repository, id)?;
        fetcher.remember_verified(&verification, &id.to_string());
    }
    result.set("ref", branch);
    result.set("rev", id.to_string());
    result.set("lastModified", time_of(path, &commit)?);
    if !input.is_true("shallow") {
        result.set("revCount", revision_count(fetcher, path, repository, id)?);
    }
    // Before the tree is in the store, where it would be found by its hash alone.
    check_numbers(input, &result)?;
    let root = commit
        .tree_id()
        .map_err(|error| git_error(path, &error))?
        .detach();
    let ignored = match input.is_true("exportIgnore") {
        true => export::ignored(path, repository, root)?,
        false => BTreeSet::new(),
    };
    let large_files = match input.is_true("lfs") {
        true => Some(LargeFiles::new(fetcher, path, repository, root, input)?),
        false => None,
    };
    let mut tree = CommitTree {
        repository,
        objects: HashMap::from([(PathBuf::new(), (EntryKind::Tree, root))]),
        contents: Vec::new(),
        ignored,
        large_files,
    };
    let tree = match input.is_true("submodules") {
        true => {
            let inputs = submodule_inputs(input, path, repository, root)?;
            let mut mounted = Mounted::new(fetcher, &mut tree, inputs)?;
            fetcher.store().add(input.name(), &mut mounted)?
        }
        false => fetcher.store().add(input.name(), &mut tree)?,
    };
    Ok(Fetched {
        tree,
        input: result,
        source: TreeSource::Elsewhere,
    })
}

/// The submodules of a commit, at the revisions that it has them at.
fn submodule_inputs(
    input: &Input,
    path: &Path,
    repository: &Repository,
    root: ObjectId,
) -> Result<Vec<(PathBuf, Input)>, FetchError> {
    let error = |reason: &dyn std::fmt::Display| git_error(path, reason);
    let tree = repository
        .find_tree(root)
        .map_err(|reason| error(&reason))?;
    let entry = |name: &Path| {
        tree.lookup_entry_by_path(name)
            .map_err(|reason| error(&reason))
    };
    let Some(modules) = entry(Path::new(".gitmodules"))? else {
        return Ok(Vec::new());
    };
    let text = modules.object().map_err(|reason| error(&reason))?;
    let base = submodules::base_of(repository, &path.to_string_lossy());
    let mut inputs = Vec::new();
    for submodule in submodules::parse(path, &text.data)? {
        if let Some(found) = entry(&submodule.path)?
            && found.mode().is_commit()
        {
            let revision = found.object_id().to_string();
            let input = submodules::input(input, &base, &submodule, &revision)?;
            inputs.push((submodule.path, input));
        }
    }
    Ok(inputs)
}

/// The branch that `HEAD` is.
fn default_branch(
    fetcher: &TreeFetcher,
    path: &Path,
    repository: &Repository,
) -> Result<String, FetchError> {
    let name = repository
        .head_name()
        .map_err(|error| git_error(path, &error))?;
    Ok(match name {
        Some(name) => name.as_bstr().to_str_lossy().into_owned(),
        None => {
            fetcher.warn(&format!(
                "could not read HEAD ref from repo at '{}', using '{DEFAULT_BRANCH}'",
                path.display()
            ));
            DEFAULT_BRANCH.to_owned()
        }
    })
}

/// The commit that a branch or tag is at.
pub(super) fn resolve(
    path: &Path,
    repository: &Repository,
    branch: &str,
) -> Result<ObjectId, FetchError> {
    let commit = repository.rev_parse_single(format!("{branch}^{{commit}}").as_str());
    commit
        .map(gix::Id::detach)
        .map_err(|_| FetchError::MissingBranch {
            path: path.to_owned(),
            branch: branch.to_owned(),
        })
}

/// The tree of a commit, read from the objects of the repository as it is walked.
struct CommitTree<'a> {
    repository: &'a Repository,
    /// What was found in the directories that have been read.
    objects: HashMap<PathBuf, (EntryKind, ObjectId)>,
    /// Of the file whose node was asked for last.
    contents: Vec<u8>,
    /// What is left out.
    ignored: BTreeSet<PathBuf>,
    /// What stands for large files that are elsewhere.
    large_files: Option<LargeFiles>,
}

impl CommitTree<'_> {
    fn read(&self, id: ObjectId) -> Result<Vec<u8>, NarError> {
        let object = self
            .repository
            .find_object(id)
            .map_err(std::io::Error::other)?;
        Ok(object.detach().data)
    }

    fn read_directory(&mut self, path: &Path, id: ObjectId) -> Result<Node, NarError> {
        let tree = self
            .repository
            .find_tree(id)
            .map_err(std::io::Error::other)?;
        let mut entries = Vec::new();
        for entry in tree.iter() {
            let entry = entry.map_err(std::io::Error::other)?;
            let name = entry.filename().as_bytes();
            let full = path.join(OsStr::from_bytes(name));
            if self.ignored.contains(&full) {
                continue;
            }
            self.objects
                .insert(full, (entry.mode().kind(), entry.object_id()));
            entries.push(name.to_owned());
        }
        Ok(Node::Directory { entries })
    }
}

impl Tree for CommitTree<'_> {
    fn node(&mut self, path: &Path) -> Result<Node, NarError> {
        let Some((kind, id)) = self.objects.get(path).copied() else {
            let error = std::io::ErrorKind::NotFound.into();
            return Err(NarError::File {
                path: path.to_owned(),
                error,
            });
        };
        match kind {
            EntryKind::Tree => self.read_directory(path, id),
            // The commit of a submodule is in another repository.
            EntryKind::Commit => Ok(Node::Directory {
                entries: Vec::new(),
            }),
            EntryKind::Link => Ok(Node::Symlink {
                target: self.read(id)?,
            }),
            EntryKind::Blob | EntryKind::BlobExecutable => {
                self.contents = self.read(id)?;
                if let Some(large_files) = &self.large_files
                    && large_files.has(path)
                {
                    self.contents = large_files
                        .contents(std::mem::take(&mut self.contents))
                        .map_err(std::io::Error::other)?;
                }
                Ok(Node::Regular {
                    executable: kind == EntryKind::BlobExecutable,
                    size: self.contents.len() as u64,
                })
            }
        }
    }

    fn copy_contents(&mut self, _: &Path, sink: &mut dyn Write) -> Result<(), NarError> {
        sink.write_all(&self.contents)?;
        Ok(())
    }
}
