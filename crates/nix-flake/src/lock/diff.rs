//! What changed between two lock files, in words.

use std::fmt::Write;

use super::{Edge, LockFile};
use crate::date::Date;

/// Describes what was added, updated and removed, in lines with newlines; empty if nothing was.
#[must_use]
pub fn difference(old: &LockFile, new: &LockFile) -> String {
    let (old_inputs, new_inputs) = (old.all_inputs(), new.all_inputs());
    let mut text = String::new();
    let paths: std::collections::BTreeSet<_> = old_inputs.keys().chain(new_inputs.keys()).collect();
    for path in paths {
        // Writing to a string does not fail.
        let _ = match (old_inputs.get(path), new_inputs.get(path)) {
            (None, Some(added)) => {
                writeln!(text, "• Added input '{path}':\n    {}", new.describe(added))
            }
            (Some(before), Some(after)) if !is_same(old, before, new, after) => writeln!(
                text,
                "• Updated input '{path}':\n    {}\n  → {}",
                old.describe(before),
                new.describe(after)
            ),
            (Some(_), None) => writeln!(text, "• Removed input '{path}'"),
            _ => Ok(()),
        };
    }
    text
}

fn is_same(old: &LockFile, before: &Edge, new: &LockFile, after: &Edge) -> bool {
    match (before, after) {
        (Edge::Follows(before), Edge::Follows(after)) => before == after,
        (Edge::Node(before), Edge::Node(after)) => {
            let locked = |lock_file: &LockFile, id| {
                lock_file
                    .node(id)
                    .lock
                    .as_ref()
                    .map(|lock| lock.locked.clone())
            };
            locked(old, *before) == locked(new, *after)
        }
        _ => false,
    }
}

impl LockFile {
    fn describe(&self, edge: &Edge) -> String {
        match edge {
            Edge::Follows(path) => format!("follows '{path}'"),
            Edge::Node(id) => {
                let Some(lock) = &self.node(*id).lock else {
                    return String::new();
                };
                let mut text = format!("'{}'", lock.locked);
                if let Some(seconds) = lock.locked.input.last_modified() {
                    // Writing to a string does not fail.
                    let _ = write!(text, " ({})", Date::from_unix_seconds(seconds).dashed());
                }
                text
            }
        }
    }
}
