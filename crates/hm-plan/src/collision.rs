//! What stands in the way of a switch.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::serde_path;

/// A managed file whose place is taken by something of the user's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collision {
    /// What is in the way: the file itself, or one of its parents.
    #[serde(with = "serde_path")]
    pub path: PathBuf,
    /// The managed file that is to stand there.
    #[serde(with = "serde_path")]
    pub source: PathBuf,
    /// What it is.
    pub obstacle: Obstacle,
}

/// What kind of thing is in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Obstacle {
    /// A file with other content.
    File,
    /// A directory that holds things that are not managed.
    Directory,
    /// A symbolic link to somewhere else.
    Link,
    /// A parent of the managed file is not a directory.
    ParentNotDirectory,
    /// It could be moved to this backup, but something has that name already.
    BackupExists(#[serde(with = "serde_path")] PathBuf),
    /// The user lets it be replaced, but this part of it cannot be deleted.
    Undeletable(#[serde(with = "serde_path")] PathBuf),
}
