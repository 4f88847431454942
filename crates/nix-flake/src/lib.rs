//! Flakes: references, lock files, fetching of trees and outputs.

mod date;
mod error;
pub mod fetch;
pub mod flake;
pub mod lock;
pub mod reference;
pub mod registry;

pub use error::FlakeError;
pub use reference::{FlakeReference, Input};
