//! The Nix store: database, local store, builders, profiles and garbage-collection roots.
//!
//! A [`Store`] is where store objects are. A [`LocalStore`] is one that works on the directories
//! that a [`Layout`] names, with Nix's own formats and locks, so that both may use one store.
//! Nothing here reads the environment or prints: settings are values of the caller's, and what
//! happens during a build is told to its [`build::Observer`].

pub mod accounts;
pub mod build;
mod canonical;
mod database;
pub mod durable;
mod error;
pub mod gc;
mod layout;
mod local;
pub mod locks;
mod modes;
pub mod mounted;
mod optimise;
pub mod profile;
mod realisations;
pub mod signature;
pub mod sqlite;
pub mod store;
pub mod substitute;
pub mod user_environment;
mod verify;

pub use error::StoreError;
pub use layout::Layout;
pub use local::{
    Dump, LocalStore, ReadTree, RegistrationSource, Text, object_at, references_first,
    registration_text, replace_link,
};
pub use nix_wire::PathInfo;
pub use optimise::Optimised;
pub use store::Store;
pub use verify::Fault;

#[cfg(test)]
mod testing;
