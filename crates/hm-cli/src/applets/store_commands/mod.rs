//! The commands of `nix` that build, and that keep a store in order.

mod build;
mod derivation;
pub mod diff_closures;
mod garbage;
mod log;
mod path_from_hash_part;
mod upkeep;
mod why_depends;

use super::Applet;

/// The commands, by the words that name them after `nix`.
pub const COMMANDS: &[(&[&str], Applet)] = &[
    (&["build"], build::run),
    (&["derivation", "add"], derivation::add),
    (&["derivation", "show"], derivation::show),
    (&["show-derivation"], derivation::show),
    (&["log"], log::run),
    (&["store", "delete"], garbage::delete),
    (&["store", "diff-closures"], diff_closures::run),
    (&["store", "gc"], garbage::collect),
    (&["store", "optimise"], upkeep::optimise),
    (&["store", "path-from-hash-part"], path_from_hash_part::run),
    (&["store", "repair"], upkeep::repair),
    (&["why-depends"], why_depends::run),
];
