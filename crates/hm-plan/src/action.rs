//! The steps of a plan. Each is one system call, can be repeated, and can be undone.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::serde_path;

/// One change. All paths are absolute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum Action {
    /// Make a directory; its parent exists.
    CreateDirectory {
        /// Where.
        #[serde(with = "serde_path")]
        path: PathBuf,
    },
    /// Remove an empty directory.
    RemoveDirectory {
        /// Where.
        #[serde(with = "serde_path")]
        path: PathBuf,
    },
    /// Make a symbolic link, in place of the link that is there now, if any.
    Link {
        /// Where.
        #[serde(with = "serde_path")]
        path: PathBuf,
        /// Its text.
        #[serde(with = "serde_path")]
        target: PathBuf,
        /// The text of the link that it replaces: anything else there is an error.
        #[serde(with = "serde_path::optional")]
        previous: Option<PathBuf>,
    },
    /// Remove a symbolic link.
    RemoveLink {
        /// Where.
        #[serde(with = "serde_path")]
        path: PathBuf,
        /// Its text: anything else there is an error.
        #[serde(with = "serde_path")]
        target: PathBuf,
    },
    /// Move something of the user's out of the way, within its directory.
    Move {
        /// What is moved.
        #[serde(with = "serde_path")]
        from: PathBuf,
        /// Its new name: nothing is there.
        #[serde(with = "serde_path")]
        to: PathBuf,
        /// Whether it is deleted once the switch is complete (the user forced its replacement).
        discard: bool,
    },
}

impl Action {
    /// The path that the action is about.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Action::CreateDirectory { path }
            | Action::RemoveDirectory { path }
            | Action::Link { path, .. }
            | Action::RemoveLink { path, .. }
            | Action::Move { from: path, .. } => path,
        }
    }
}
