//! Flakes: references, lock files, fetching of trees and outputs.
//!
//! The way of a flake: a text is made a [`FlakeReference`] ([`reference`]), a name is looked up in
//! registries ([`registry`]), the tree is fetched into the store ([`fetch`]), its `flake.nix` is
//! read, its inputs are [`lock`]ed, and its [`outputs`] become a value of the evaluator.

mod date;
mod embedded;
mod error;
pub mod fetch;
mod fingerprint;
pub mod flake;
mod flake_file;
mod flakes;
mod get_flake;
pub mod installable;
pub mod lock;
mod locking;
mod mounted;
pub mod outputs;
pub mod reference;
pub mod registry;

pub use error::FlakeError;
pub use flake_file::FlakeFileError;
pub use flakes::{EvaluatedFlakes, Flake, Flakes, TreeLocation};
pub use get_flake::get_flake;
pub use locking::{LockFlags, LockedFlake};
pub use mounted::{Knowledge, mountable};
pub use outputs::call_flake;
pub use reference::{FlakeReference, Input};
