//! What a store knows of an object.

use std::collections::BTreeSet;

use crate::{ContentAddress, Hash, StorePath};

/// What is registered of a valid store object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathInfo {
    /// Its path.
    pub path: StorePath,
    /// The SHA-256 hash of its archive.
    pub nar_hash: Hash,
    /// The size of its archive.
    pub nar_size: u64,
    /// What it refers to, maybe itself.
    pub references: BTreeSet<StorePath>,
    /// The derivation that made it.
    pub deriver: Option<StorePath>,
    /// When it was registered, in seconds since 1970.
    pub registration_time: i64,
    /// Whether it was built here, and so need not be vouched for.
    pub ultimate: bool,
    /// Who vouches for it: `name:base64` each.
    pub signatures: Vec<String>,
    /// Its content address, when it has one.
    pub content_address: Option<ContentAddress>,
}

impl PathInfo {
    /// One with just these properties, registered when it is stored.
    #[must_use]
    pub fn new(path: StorePath, nar_hash: Hash, nar_size: u64) -> PathInfo {
        PathInfo {
            path,
            nar_hash,
            nar_size,
            references: BTreeSet::new(),
            deriver: None,
            registration_time: 0,
            ultimate: false,
            signatures: Vec::new(),
            content_address: None,
        }
    }
}
