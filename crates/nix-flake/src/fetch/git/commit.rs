//! The tree of a commit.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;
use gix::objs::tree::EntryKind;
use gix::{ObjectId, Repository};
use nix_wire::nar::{NarError, Node, Tree};

use super::{DEFAULT_BRANCH, git_error, revision_count, time_of};
use crate::fetch::{FetchError, Fetched, TreeFetcher, TreeSource};
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
    result.set("ref", branch);
    result.set("rev", id.to_string());
    if input.last_modified().is_none() {
        result.set("lastModified", time_of(path, &commit)?);
    }
    if !input.is_true("shallow") && input.revision_count().is_none() {
        result.set("revCount", revision_count(fetcher, path, repository, id)?);
    }
    let root = commit
        .tree_id()
        .map_err(|error| git_error(path, &error))?
        .detach();
    let mut tree = CommitTree {
        repository,
        objects: HashMap::from([(PathBuf::new(), (EntryKind::Tree, root))]),
        contents: Vec::new(),
    };
    let tree = fetcher.store().add(input.name(), &mut tree)?;
    Ok(Fetched {
        tree,
        input: result,
        source: TreeSource::Elsewhere,
    })
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
fn resolve(path: &Path, repository: &Repository, branch: &str) -> Result<ObjectId, FetchError> {
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
