//! How Nix marks text on a terminal, and how it draws trees.

/// Bold.
pub const BOLD: &str = "\x1b[1m";
/// As usual.
pub const NORMAL: &str = "\x1b[0m";
/// What is well.
pub const GREEN: &str = "\x1b[32;1m";
/// What is not as it should be.
pub const RED: &str = "\x1b[31;1m";
/// What is to be noticed.
pub const NOTICE: &str = "\x1b[35;1m";

/// Before a node that others follow.
pub const TREE_BRANCH: &str = "├───";
/// Before the last node.
pub const TREE_LAST: &str = "└───";
/// Below a node that others follow.
pub const TREE_LINE: &str = "│   ";
/// Below the last node.
pub const TREE_NOTHING: &str = "    ";

/// What stands before a node and below it.
pub fn branch(last: bool) -> (&'static str, &'static str) {
    match last {
        true => (TREE_LAST, TREE_NOTHING),
        false => (TREE_BRANCH, TREE_LINE),
    }
}
