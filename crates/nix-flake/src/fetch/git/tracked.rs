//! The names of the files that Git tracks, to be asked for one by one.

use std::path::Path;

use super::{git_error, open};
use crate::fetch::FetchError;

/// The index of a repository.
pub(in crate::fetch) struct Index(gix::worktree::Index);

impl std::fmt::Debug for Index {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Index").field(&self.len()).finish()
    }
}

impl Index {
    /// That of the repository whose working tree is here.
    pub(in crate::fetch) fn of(root: &Path) -> Result<Index, FetchError> {
        let repository = open(root)?;
        let index = repository
            .index_or_empty()
            .map_err(|error| git_error(root, &error))?;
        Ok(Index(index))
    }

    fn state(&self) -> &gix::index::State {
        &self.0
    }

    /// How many files there are.
    pub(in crate::fetch) fn len(&self) -> usize {
        self.state().entries().len()
    }

    /// The number of the first entry that is not before a name.
    fn first_from(&self, name: &[u8]) -> usize {
        let state = self.state();
        state
            .entries()
            .partition_point(|entry| entry.path(state) < name)
    }

    /// The name of an entry; `None` beyond the last, and empty for what is no file.
    fn name(&self, number: usize) -> Option<&[u8]> {
        let state = self.state();
        let entry = state.entries().get(number)?;
        match entry.mode.is_submodule() {
            true => Some(&[]),
            false => Some(entry.path(state)),
        }
    }

    /// Whether a file is tracked.
    pub(in crate::fetch) fn has(&self, name: &[u8]) -> bool {
        self.name(self.first_from(name)) == Some(name)
    }

    /// The numbers of the entries below a directory.
    fn range(&self, directory: &[u8]) -> std::ops::Range<usize> {
        if directory.is_empty() {
            return 0..self.len();
        }
        // After the slash comes the zero.
        let start = [directory, b"/"].concat();
        let end = [directory, b"0"].concat();
        self.first_from(&start)..self.first_from(&end)
    }

    /// The tracked files below a directory.
    pub(in crate::fetch) fn below(&self, directory: &[u8]) -> impl Iterator<Item = &[u8]> {
        self.range(directory)
            .filter_map(|number| self.name(number))
            .filter(|name| !name.is_empty())
    }

    /// The names in a directory, in the order of their bytes.
    pub(in crate::fetch) fn names_in(&self, directory: &[u8]) -> Vec<Vec<u8>> {
        let skipped = match directory.is_empty() {
            true => 0,
            false => directory.len() + 1,
        };
        let range = self.range(directory);
        let mut names: Vec<Vec<u8>> = Vec::new();
        let mut number = range.start;
        while number < range.end {
            let name = self.name(number).unwrap_or_default();
            number += 1;
            if name.len() <= skipped {
                continue;
            }
            let rest = &name[skipped..];
            match rest.iter().position(|&byte| byte == b'/') {
                None => names.push(rest.to_vec()),
                Some(end) => {
                    names.push(rest[..end].to_vec());
                    // Not everything below it.
                    number = number.max(self.first_from(&[&name[..skipped + end], b"0"].concat()));
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        names
    }
}
