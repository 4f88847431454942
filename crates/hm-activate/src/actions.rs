//! One action: done, undone, tidied up. What is not as the action expects is never touched.

use std::io;
use std::path::{Path, PathBuf};

use hm_plan::Action;
use thiserror::Error;

use crate::effects::Effects;
use crate::files::is_absence;

/// An action could not be done or undone.
#[derive(Debug, Error)]
pub enum ActionError {
    /// The system refused.
    #[error("cannot {what} {path}: {source}", path = path.display())]
    Io {
        /// The operation that failed.
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
    /// Something was saved to the same path twice while it was being replaced.
    #[error(
        "{path} was changed by something else while the switch was under way; an earlier version \
         of it is in {kept}",
        path = path.display(),
        kept = kept.display()
    )]
    Kept {
        /// Where.
        path: PathBuf,
        /// The path where the earlier entry is kept.
        kept: PathBuf,
    },
}

/// The result of carrying out an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It was done, and undoing the switch undoes it.
    Done,
    /// Its result was there already: made by an activation block or another program, whose it is.
    WasThere,
}

/// Carries actions out.
#[derive(Clone, Copy)]
pub struct Performer<'a> {
    /// The system.
    pub effects: &'a dyn Effects,
    /// Part of the names that links have before they take their places. Other switches have others.
    pub token: &'a str,
}

type Result<T> = std::result::Result<T, ActionError>;

fn context<T>(result: io::Result<T>, what: &'static str, path: &Path) -> Result<T> {
    result.map_err(|source| ActionError::Io {
        what,
        path: path.to_owned(),
        source,
    })
}

fn changed<T>(path: &Path) -> Result<T> {
    Err(ActionError::Changed {
        path: path.to_owned(),
    })
}

/// Returns the text of the link at a path; `None` when something else or nothing is there.
fn link_text(path: &Path) -> Option<PathBuf> {
    std::fs::read_link(path).ok()
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

impl Performer<'_> {
    /// Does one action. An action whose result is there already is done.
    ///
    /// # Errors
    /// When the system refuses, or when what is there is not what the plan was made for.
    pub fn perform(&self, action: &Action) -> Result<Effect> {
        match action {
            Action::CreateDirectory { path } => match self.effects.create_directory(path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if path.is_dir() {
                        return Ok(Effect::WasThere);
                    }
                    changed(path)
                }
                result => done(context(result, "make directory", path)),
            },
            Action::RemoveDirectory { path } => match self.effects.remove_directory(path) {
                // Something came into it meanwhile, or it became something else: then it is not
                // ours to remove.
                Err(error)
                    if is_absence(&error) || error.kind() == io::ErrorKind::DirectoryNotEmpty =>
                {
                    Ok(Effect::WasThere)
                }
                result => done(context(result, "remove directory", path)),
            },
            Action::Link {
                path,
                target,
                previous: None,
            } => self.make_link(path, target),
            Action::Link {
                path,
                target,
                previous: Some(previous),
            } => match link_text(path) {
                Some(text) if text == *target => Ok(Effect::WasThere),
                Some(text) if text == *previous => done(self.replace_link(path, previous, target)),
                None if !exists(path) => self.make_link(path, target),
                _ => changed(path),
            },
            Action::RemoveLink { path, target } => self.remove_link(path, target),
            Action::Move { from, to, .. } => match self.effects.rename_to_free(from, to) {
                Err(error) if is_absence(&error) && !exists(from) => Ok(Effect::WasThere),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => changed(to),
                result => done(context(result, "move", from)),
            },
        }
    }

    /// Undoes one action, whether it was done, begun or not done at all.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn undo(&self, action: &Action) -> Result<()> {
        match action {
            Action::CreateDirectory { path } => match self.effects.remove_directory(path) {
                Err(error)
                    if is_absence(&error) || error.kind() == io::ErrorKind::DirectoryNotEmpty =>
                {
                    Ok(())
                }
                result => context(result, "remove directory", path),
            },
            Action::RemoveDirectory { path } => match self.effects.create_directory(path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                result => context(result, "make directory", path),
            },
            Action::Link {
                path,
                target,
                previous: None,
            } => self.unmake_link(path, target),
            Action::Link {
                path,
                target,
                previous: Some(previous),
            } => self.undo_replacement(path, previous, target),
            Action::RemoveLink { path, target } => self.undo_removal(path, target),
            Action::Move { from, to, .. } => {
                if exists(from) || !exists(to) {
                    return Ok(());
                }
                match self.effects.rename_to_free(to, from) {
                    // Saved there just now; what was there before stays under its other name.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                    result => context(result, "move back", to),
                }
            }
        }
    }

    /// Deletes what a committed action left behind: the things that the user let be replaced.
    ///
    /// # Errors
    /// When they cannot be deleted.
    pub fn discard(&self, action: &Action) -> Result<()> {
        match action {
            Action::Move {
                to, discard: true, ..
            } if exists(to) => context(self.effects.remove_all(to), "delete", to),
            _ => Ok(()),
        }
    }

    /// Returns the name that a link has before it takes its place, or after it left it. Its length
    /// does not depend on that of the name, so that every name can be managed.
    fn staging_path(&self, path: &Path) -> PathBuf {
        let name = path.file_name().unwrap_or_default();
        if self.token.is_empty() {
            // As version 0.1 named it, whose journals have no token.
            let mut staging = std::ffi::OsString::from(".");
            staging.push(name);
            staging.push(".home-manager-new");
            return path.with_file_name(staging);
        }
        let hash = fnv(name.as_encoded_bytes());
        path.with_file_name(format!(".home-manager-{}-{hash:016x}", self.token))
    }

    fn make_link(&self, path: &Path, target: &Path) -> Result<Effect> {
        match self.effects.create_link(target, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if link_text(path).as_deref() == Some(target) {
                    return Ok(Effect::WasThere);
                }
                changed(path)
            }
            result => done(context(result, "make link", path)),
        }
    }

    /// Makes a link under its other name.
    fn stage(&self, staging: &Path, target: &Path) -> Result<()> {
        match self.effects.create_link(target, staging) {
            // Left by an attempt of this switch that was cut off.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if link_text(staging).as_deref() == Some(target) {
                    return Ok(());
                }
                changed(staging)
            }
            result => context(result, "make link", staging),
        }
    }

    /// Replaces the link with the text `previous`. The two change places, and what comes out is
    /// looked at: had an editor saved a file there meanwhile, it is put back.
    fn replace_link(&self, path: &Path, previous: &Path, target: &Path) -> Result<()> {
        let staging = self.staging_path(path);
        self.stage(&staging, target)?;
        match self.effects.exchange(&staging, path) {
            Ok(()) if link_text(&staging).as_deref() == Some(previous) => {
                context(self.effects.unlink(&staging), "remove", &staging)
            }
            Ok(()) => {
                context(self.effects.exchange(&staging, path), "put back", path)?;
                if link_text(&staging).as_deref() != Some(target) {
                    return Err(ActionError::Kept {
                        path: path.to_owned(),
                        kept: staging,
                    });
                }
                context(self.effects.unlink(&staging), "remove", &staging)?;
                changed(path)
            }
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                if link_text(path).as_deref() != Some(previous) {
                    context(self.effects.unlink(&staging), "remove", &staging)?;
                    return changed(path);
                }
                context(self.effects.rename(&staging, path), "replace link", path)
            }
            Err(error) => {
                // Undoing removes it otherwise.
                let _ = self.effects.unlink(&staging);
                context(Err(error), "replace link", path)
            }
        }
    }

    /// Removes the link with this text. It gets another name first, and is looked at there.
    fn remove_link(&self, path: &Path, target: &Path) -> Result<Effect> {
        match link_text(path) {
            Some(text) if text == target => {}
            None if !exists(path) => return Ok(Effect::WasThere),
            _ => return changed(path),
        }
        let staging = self.staging_path(path);
        match self.effects.rename_to_free(path, &staging) {
            Err(error) if is_absence(&error) => return Ok(Effect::WasThere),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return changed(&staging),
            result => context(result, "remove link", path)?,
        }
        if link_text(&staging).as_deref() == Some(target) {
            return done(context(self.effects.unlink(&staging), "remove", &staging));
        }
        self.put_back(&staging, path)?;
        changed(path)
    }

    /// Gives something of the user's its name back.
    fn put_back(&self, staging: &Path, path: &Path) -> Result<()> {
        match self.effects.rename_to_free(staging, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(ActionError::Kept {
                path: path.to_owned(),
                kept: staging.to_owned(),
            }),
            result => context(result, "put back", path),
        }
    }

    fn unmake_link(&self, path: &Path, target: &Path) -> Result<()> {
        let staging = self.staging_path(path);
        self.tidy_removal(&staging, path, target)?;
        if link_text(path).as_deref() != Some(target) {
            return Ok(());
        }
        match self.remove_link(path, target) {
            // Another program was faster: what is there is not ours.
            Ok(_) | Err(ActionError::Changed { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Ends a removal that was cut off: what has the other name is our link, or the user's file.
    fn tidy_removal(&self, staging: &Path, path: &Path, target: &Path) -> Result<()> {
        if link_text(staging).as_deref() == Some(target) {
            return context(self.effects.unlink(staging), "remove", staging);
        }
        if exists(staging) {
            return unless_kept(self.put_back(staging, path));
        }
        Ok(())
    }

    fn undo_replacement(&self, path: &Path, previous: &Path, target: &Path) -> Result<()> {
        let staging = self.staging_path(path);
        match link_text(&staging) {
            Some(text) if text == target || text == previous => {
                context(self.effects.unlink(&staging), "remove", &staging)?;
            }
            _ if exists(&staging) => {
                // The user's file, which took the link's place before they changed places.
                if link_text(path).as_deref() == Some(target) {
                    return context(self.effects.rename(&staging, path), "put back", path);
                }
                return unless_kept(self.put_back(&staging, path));
            }
            _ => {}
        }
        if link_text(path).as_deref() != Some(target) {
            return Ok(());
        }
        match self.replace_link(path, target, previous) {
            Err(ActionError::Changed { .. }) => Ok(()),
            result => unless_kept(result),
        }
    }

    fn undo_removal(&self, path: &Path, target: &Path) -> Result<()> {
        let staging = self.staging_path(path);
        if exists(&staging) {
            return match self.put_back(&staging, path) {
                Err(ActionError::Kept { .. }) if link_text(&staging).as_deref() == Some(target) => {
                    context(self.effects.unlink(&staging), "remove", &staging)
                }
                result => unless_kept(result),
            };
        }
        if exists(path) {
            return Ok(());
        }
        match self.effects.create_link(target, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            result => context(result, "make link", path),
        }
    }
}

fn done(result: Result<()>) -> Result<Effect> {
    result.map(|()| Effect::Done)
}

/// While undoing, a path that was saved to again has its newest contents; the others stay beside it.
fn unless_kept(result: Result<()>) -> Result<()> {
    match result {
        Err(ActionError::Kept { .. }) => Ok(()),
        result => result,
    }
}

/// The hash FNV-1a: it only has to keep the names of one directory apart.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
