//! Git repositories: the tracked files of a working tree, or a commit.

mod add;
mod changes;
mod commit;
mod export;
mod lfs;
mod program;
mod remote;
mod submodules;
mod tracked;
mod verify;
mod worktree;

use std::path::Path;

use gix::Repository;
use gix::bstr::ByteSlice;

pub use add::{IntentToAdd, intend_to_add};
pub use changes::GitChanges;
pub(super) use program::clone_repository;
pub use program::{commit_file, intend_to_add_all};
pub(super) use tracked::Index;
pub(super) use verify::Verification;

use super::{FetchError, Fetched, TreeFetcher};
use crate::reference::url::Url;
use crate::reference::{Input, is_bare_repository};

/// The revision of a repository without commits.
const NO_REVISION: &str = "0000000000000000000000000000000000000000";
/// The branch that is meant when a repository does not say which.
const DEFAULT_BRANCH: &str = "master";

/// Copies the tracked files of a working tree, or of the commit that the input names, to the store.
pub(super) fn fetch(fetcher: &TreeFetcher, input: &Input) -> Result<Fetched, FetchError> {
    let text = input.attributes().required_string("url")?;
    let url = Url::parse(text).map_err(crate::reference::ReferenceError::from)?;
    if url.scheme != "file" || fetcher.settings().files_as_remote {
        return remote::fetch(fetcher, input, text);
    }
    let path = url
        .file_path()
        .map_err(crate::reference::ReferenceError::from)?;
    if !path.starts_with('/') {
        return Err(FetchError::RelativePath(input.to_string()));
    }
    let path = Path::new(&path);
    let repository = open(path)?;
    if input.branch().is_some() || input.revision()?.is_some() || is_bare_repository(path) {
        return commit::fetch(fetcher, input, path, &repository);
    }
    worktree::fetch(fetcher, input, path, &repository)
}

/// What is known of a working tree but its hash.
pub(super) fn describe(fetcher: &TreeFetcher, input: &Input) -> Result<Input, FetchError> {
    let Some(path) = input.source_path() else {
        return Ok(input.clone());
    };
    let repository = open(&path)?;
    worktree::describe(fetcher, input, &path, &repository)
}

/// Warns if a working tree has changes.
pub(super) fn warn_of_changes(fetcher: &TreeFetcher, path: &Path) -> Result<(), FetchError> {
    worktree::warn_of_changes(fetcher, path, &open(path)?)
}

fn open(path: &Path) -> Result<Repository, FetchError> {
    if !path.exists() {
        return Err(FetchError::Missing(path.to_owned()));
    }
    let mut repository = gix::open(path).map_err(|error| git_error(path, &error))?;
    remove_programs(&mut repository);
    Ok(repository)
}

/// Removes from the configuration of an open repository the programs that would filter its files. A
/// repository can come from anybody, and Nix runs no filters either.
fn remove_programs(repository: &mut Repository) {
    let mut configuration = repository.config_snapshot_mut();
    while configuration.remove_section("filter", None).is_some() {}
    let names: Vec<_> = configuration
        .sections_by_name("filter")
        .into_iter()
        .flatten()
        .filter_map(|section| section.header().subsection_name().map(ToOwned::to_owned))
        .collect();
    for name in names {
        while configuration
            .remove_section("filter", Some(name.as_bstr()))
            .is_some()
        {}
    }
}

fn git_error(path: &Path, error: &dyn std::fmt::Display) -> FetchError {
    FetchError::Git {
        path: path.to_owned(),
        message: error.to_string(),
    }
}

/// When a commit was made, in seconds since 1970.
fn time_of(path: &Path, commit: &gix::Commit<'_>) -> Result<u64, FetchError> {
    let time = commit.time().map_err(|error| git_error(path, &error))?;
    Ok(u64::try_from(time.seconds).unwrap_or(0))
}

/// The number of commits up to this one.
fn revision_count(
    fetcher: &TreeFetcher,
    path: &Path,
    repository: &Repository,
    commit: gix::ObjectId,
) -> Result<u64, FetchError> {
    let error = |error: &dyn std::fmt::Display| git_error(path, error);
    if repository.is_shallow().map_err(|reason| error(&reason))? {
        return Err(FetchError::Shallow(path.to_owned()));
    }
    let revision = commit.to_string();
    let cache = fetcher.cache.as_ref();
    if let Some(count) = cache.and_then(|cache| cache.revision_count(&revision)) {
        return Ok(count);
    }
    let walk = repository
        .rev_walk([commit])
        .all()
        .map_err(|reason| error(&reason))?;
    let mut count = 0;
    for commit in walk {
        commit.map_err(|reason| error(&reason))?;
        count += 1;
    }
    if let Some(cache) = cache {
        cache.remember_revision_count(&revision, count);
    }
    Ok(count)
}
