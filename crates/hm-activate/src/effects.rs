//! The system calls that a switch is made of, behind one interface.

use std::io;
use std::path::{Path, PathBuf};

use hm_plan::Action;
use thiserror::Error;

/// What changes a file system. Each method is one atomic step.
pub trait Effects {
    /// Makes a directory.
    ///
    /// # Errors
    /// As `mkdir`.
    fn create_directory(&self, path: &Path) -> io::Result<()>;
    /// Removes an empty directory.
    ///
    /// # Errors
    /// As `rmdir`.
    fn remove_directory(&self, path: &Path) -> io::Result<()>;
    /// Makes a symbolic link where nothing is.
    ///
    /// # Errors
    /// As `symlink`; [`io::ErrorKind::AlreadyExists`] when something is there.
    fn create_link(&self, target: &Path, path: &Path) -> io::Result<()>;
    /// Removes a symbolic link or a file.
    ///
    /// # Errors
    /// As `unlink`.
    fn unlink(&self, path: &Path) -> io::Result<()>;
    /// Renames, replacing a link or file at the destination.
    ///
    /// # Errors
    /// As `rename`.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file or a whole tree.
    ///
    /// # Errors
    /// When a part of it cannot be removed.
    fn remove_all(&self, path: &Path) -> io::Result<()>;
}

/// The real file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileSystem;

impl Effects for FileSystem {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_dir(path)
    }

    fn create_link(&self, target: &Path, path: &Path) -> io::Result<()> {
        std::os::unix::fs::symlink(target, path)
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove_all(&self, path: &Path) -> io::Result<()> {
        if path.symlink_metadata()?.is_dir() {
            std::fs::remove_dir_all(path)
        } else {
            std::fs::remove_file(path)
        }
    }
}

/// An action could not be done or undone.
#[derive(Debug, Error)]
pub enum ActionError {
    /// The system refused.
    #[error("cannot {what} {path}: {source}", path = path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Something else is there than when the plan was made.
    #[error(
        "{path} was changed by something else while the switch was under way; it is left alone",
        path = path.display()
    )]
    Changed {
        /// Where.
        path: PathBuf,
    },
}

/// The name under which a link is made before it takes its place.
fn staging_path(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".home-manager-new");
    path.with_file_name(name)
}

fn context<T>(result: io::Result<T>, what: &'static str, path: &Path) -> Result<T, ActionError> {
    result.map_err(|source| ActionError::Io {
        what,
        path: path.to_owned(),
        source,
    })
}

/// The text of the link at a path; `None` when something else or nothing is there.
fn link_text(path: &Path) -> Option<PathBuf> {
    std::fs::read_link(path).ok()
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Does one action.
///
/// # Errors
/// When the system refuses, or when what is there is not what the plan was made for.
pub fn perform(action: &Action, effects: &dyn Effects) -> Result<(), ActionError> {
    match action {
        Action::CreateDirectory { path } => {
            context(effects.create_directory(path), "make directory", path)
        }
        Action::RemoveDirectory { path } => match effects.remove_directory(path) {
            // Something came into it meanwhile: then it is not ours to remove.
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
            result => context(result, "remove directory", path),
        },
        Action::Link {
            path,
            target,
            previous: None,
        } => match effects.create_link(target, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(ActionError::Changed { path: path.clone() })
            }
            result => context(result, "make link", path),
        },
        Action::Link {
            path,
            target,
            previous: Some(previous),
        } => {
            if link_text(path).as_ref() != Some(previous) {
                return Err(ActionError::Changed { path: path.clone() });
            }
            replace_link(path, target, effects)
        }
        Action::RemoveLink { path, target } => {
            if link_text(path).as_ref() != Some(target) {
                return Err(ActionError::Changed { path: path.clone() });
            }
            context(effects.unlink(path), "remove link", path)
        }
        Action::Move { from, to, .. } => {
            if exists(to) {
                return Err(ActionError::Changed { path: to.clone() });
            }
            context(effects.rename(from, to), "move", from)
        }
    }
}

fn replace_link(path: &Path, target: &Path, effects: &dyn Effects) -> Result<(), ActionError> {
    let staging = staging_path(path);
    match effects.create_link(target, &staging) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            context(effects.unlink(&staging), "remove", &staging)?;
            context(effects.create_link(target, &staging), "make link", &staging)?;
        }
        result => context(result, "make link", &staging)?,
    }
    context(effects.rename(&staging, path), "replace link", path)
}

/// Undoes one action, whether it was done, begun or not done at all. What is not as the action
/// left it is not touched.
///
/// # Errors
/// When the system refuses.
pub fn undo(action: &Action, effects: &dyn Effects) -> Result<(), ActionError> {
    match action {
        Action::CreateDirectory { path } => match effects.remove_directory(path) {
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound
                        | io::ErrorKind::DirectoryNotEmpty
                        | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(())
            }
            result => context(result, "remove directory", path),
        },
        Action::RemoveDirectory { path } => match effects.create_directory(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            result => context(result, "make directory", path),
        },
        Action::Link {
            path,
            target,
            previous,
        } => {
            let staging = staging_path(path);
            if link_text(&staging).as_ref() == Some(target) {
                context(effects.unlink(&staging), "remove", &staging)?;
            }
            if link_text(path).as_ref() != Some(target) {
                return Ok(());
            }
            match previous {
                None => context(effects.unlink(path), "remove link", path),
                Some(previous) => replace_link(path, previous, effects),
            }
        }
        Action::RemoveLink { path, target } => {
            if exists(path) {
                return Ok(());
            }
            context(effects.create_link(target, path), "make link", path)
        }
        Action::Move { from, to, .. } => {
            if exists(from) || !exists(to) {
                return Ok(());
            }
            context(effects.rename(to, from), "move back", to)
        }
    }
}

/// Deletes what a committed action left behind: the things that the user let be replaced.
///
/// # Errors
/// When they cannot be deleted.
pub fn discard(action: &Action, effects: &dyn Effects) -> Result<(), ActionError> {
    match action {
        Action::Move {
            to, discard: true, ..
        } if exists(to) => context(effects.remove_all(to), "delete", to),
        _ => Ok(()),
    }
}
