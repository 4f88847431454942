//! Making a new file part of a working tree's tracked files, as `git add --intent-to-add` does.

use std::path::Path;

use gix::bstr::{BStr, ByteSlice};
use gix::index::entry::{Flags, Mode, Stat};

use super::{git_error, open};
use crate::fetch::FetchError;

/// What came of [`intend_to_add`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntentToAdd {
    /// The file is tracked now.
    Added,
    /// It was tracked already.
    AlreadyTracked,
    /// Git is told to ignore it.
    Ignored,
}

/// Records in the index of a repository that a file will be added, unless it is ignored.
///
/// # Errors
/// When the repository or its index cannot be read or written.
pub fn intend_to_add(working_tree: &Path, path: &Path) -> Result<IntentToAdd, FetchError> {
    let error = |error: &dyn std::fmt::Display| git_error(working_tree, error);
    let repository = open(working_tree)?;
    let name = path.as_os_str().as_encoded_bytes();
    let name: &BStr = name.as_bstr();
    let shared = repository
        .index_or_empty()
        .map_err(|reason| error(&reason))?;
    if shared.entry_by_path(name).is_some() {
        return Ok(IntentToAdd::AlreadyTracked);
    }
    let source = gix::worktree::stack::state::ignore::Source::WorktreeThenIdMappingIfNotSkipped;
    let mut excludes = repository
        .excludes(&shared, None, source)
        .map_err(|reason| error(&reason))?;
    let platform = excludes
        .at_entry(name, Some(Mode::FILE))
        .map_err(|reason| error(&reason))?;
    if platform.is_excluded() {
        return Ok(IntentToAdd::Ignored);
    }
    let mut index = gix::index::File::clone(&shared);
    // Git knows this object by itself, but its checks want to see it.
    let empty = repository
        .write_blob(b"")
        .map_err(|reason| error(&reason))?
        .detach();
    let flags = Flags::EXTENDED | Flags::INTENT_TO_ADD;
    index.dangerously_push_entry(Stat::default(), empty, flags, Mode::FILE, name);
    index.sort_entries();
    // It remembers which trees directories are, which is no longer so.
    index.remove_tree();
    index
        .write(gix::index::write::Options::default())
        .map_err(|reason| error(&reason))?;
    Ok(IntentToAdd::Added)
}
