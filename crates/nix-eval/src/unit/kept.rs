//! Units that are kept from one evaluation to the next.

use std::path::Path;

use super::Unit;

/// A place where compiled files are kept.
///
/// Keeping is best effort: nothing here fails, and an evaluation is the same with and without.
pub trait CompiledFiles {
    /// The unit of a file, if the file is known to be as it was when that was kept, without
    /// reading it.
    fn find(&self, path: &Path) -> Option<Unit>;

    /// The unit of a file with this text.
    fn find_text(&self, path: &Path, text: &[u8]) -> Option<Unit>;

    /// Keeps the unit of a file with this text.
    fn keep(&self, path: &Path, text: &[u8], unit: &Unit);
}
