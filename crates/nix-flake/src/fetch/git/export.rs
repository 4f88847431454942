//! Files that are not to be in archives: those with the attribute `export-ignore`.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use gix::bstr::{BStr, BString, ByteSlice};
use gix::index::entry::Mode;
use gix::worktree::stack::state::attributes::Source;
use gix::{ObjectId, Repository};

use super::git_error;
use crate::fetch::FetchError;

/// The files and directories of a tree that its `.gitattributes` leave out of archives.
pub(super) fn ignored(
    path: &Path,
    repository: &Repository,
    tree: ObjectId,
) -> Result<BTreeSet<PathBuf>, FetchError> {
    let error = |error: &dyn std::fmt::Display| git_error(path, error);
    let index = repository
        .index_from_tree(&tree)
        .map_err(|reason| error(&reason))?;
    let mut ignored = BTreeSet::new();
    let names: Vec<BString> = index
        .entries()
        .iter()
        .map(|entry| entry.path(&index).to_owned())
        .collect();
    let has_attributes = names
        .iter()
        .any(|name| name.ends_with(b"/.gitattributes") || name == ".gitattributes");
    if !has_attributes {
        return Ok(ignored);
    }
    let mut stack = repository
        .attributes_only(&index, Source::IdMapping)
        .map_err(|reason| error(&reason))?;
    let mut matches = stack.selected_attribute_matches(["export-ignore"]);
    let mut check = |name: &BStr, mode: Mode| -> Result<bool, FetchError> {
        let platform = stack
            .at_entry(name, Some(mode))
            .map_err(|reason| error(&reason))?;
        platform.matching_attributes(&mut matches);
        let is_set = matches
            .iter_selected()
            .any(|found| found.assignment.state.is_set());
        Ok(is_set)
    };
    let mut directories = BTreeSet::new();
    for name in &names {
        let file = PathBuf::from(std::ffi::OsStr::from_bytes(name));
        for parent in file.ancestors().skip(1) {
            if parent.as_os_str().is_empty() || !directories.insert(parent.to_owned()) {
                break;
            }
            if check(parent.as_os_str().as_bytes().as_bstr(), Mode::DIR)? {
                ignored.insert(parent.to_owned());
            }
        }
        if check(name.as_bstr(), Mode::FILE)? {
            ignored.insert(file);
        }
    }
    Ok(ignored)
}
