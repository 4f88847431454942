//! The journal of a switch: what was begun, so that it can be undone.
//!
//! One file of JSON lines. Each batch of actions is written and flushed to the disk before its
//! first action is done; the line `committed` is written when all is done. A file that ends in the
//! middle of a line is what a crash while writing leaves: nothing of that line was begun.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hm_plan::Action;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::durable;
use crate::effects::{ActionError, Effects, discard, perform, undo};

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Record {
    /// A switch to this generation begins.
    Begin { version: u32, generation: String },
    /// These actions are about to be done, in order.
    Batch(Vec<Action>),
    /// Everything is done.
    Committed,
}

/// The journal could not be kept, or what it says could not be done.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The file could not be read or written.
    #[error("cannot keep the journal {path}: {source}", path = path.display())]
    Io {
        /// The journal.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A whole line of it is not understood.
    #[error(
        "the journal {path} of an unfinished switch is not understood ({reason}); it may be from \
         a newer version of this program",
        path = path.display()
    )]
    Unreadable {
        /// The journal.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// An action failed.
    #[error(transparent)]
    Action(#[from] ActionError),
    /// The user interrupted.
    #[error("interrupted")]
    Interrupted,
}

/// The journal of a switch that is under way.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Option<File>,
    generation: String,
    done: Vec<Action>,
}

impl Journal {
    /// A journal at `path` for a switch to `generation`. The file is made by the first batch.
    #[must_use]
    pub fn new(path: PathBuf, generation: String) -> Journal {
        Journal {
            path,
            file: None,
            generation,
            done: Vec::new(),
        }
    }

    /// Writes a batch down, then does it. Stops at the first failure or when `interrupted` says
    /// so; the caller then calls [`Journal::roll_back`].
    ///
    /// # Errors
    /// When the journal cannot be written, or when an action fails.
    pub fn run(
        &mut self,
        batch: &[Action],
        effects: &dyn Effects,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<(), JournalError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.append(&Record::Batch(batch.to_vec()))?;
        for action in batch {
            if interrupted() {
                return Err(JournalError::Interrupted);
            }
            self.done.push(action.clone());
            perform(action, effects)?;
        }
        Ok(())
    }

    /// Marks the switch as complete and deletes what it replaced.
    ///
    /// # Errors
    /// When the mark cannot be written: then nothing is committed.
    pub fn commit(mut self, effects: &dyn Effects) -> Result<(), JournalError> {
        if self.file.is_none() {
            return Ok(());
        }
        self.append(&Record::Committed)?;
        finish(&self.done, &self.path, effects)
    }

    /// Undoes everything that was done, last first.
    ///
    /// # Errors
    /// When an action cannot be undone; the journal then stays, for a later [`recover`].
    pub fn roll_back(self, effects: &dyn Effects) -> Result<(), JournalError> {
        if self.file.is_none() {
            return Ok(());
        }
        revert(&self.done, &self.path, effects)
    }

    fn append(&mut self, record: &Record) -> Result<(), JournalError> {
        let path = self.path.clone();
        let failed = |source| JournalError::Io {
            path: path.clone(),
            source,
        };
        let mut text = Vec::new();
        if self.file.is_none() {
            let file = private_files::of_new_file(&self.path)
                .and_then(|(directory, name)| directory.create_new(name, 0o644))
                .map_err(failed)?;
            self.file = Some(file);
            let begin = Record::Begin {
                version: 1,
                generation: self.generation.clone(),
            };
            write_line(&mut text, &begin).map_err(failed)?;
        }
        write_line(&mut text, record).map_err(failed)?;
        // One write, so that a crash leaves whole lines or one torn one at the end.
        if let Some(file) = &mut self.file {
            file.write_all(&text)
                .and_then(|()| durable::sync(file))
                .map_err(failed)?;
        }
        Ok(())
    }
}

fn write_line(text: &mut Vec<u8>, record: &Record) -> io::Result<()> {
    serde_json::to_writer(&mut *text, record)?;
    text.push(b'\n');
    Ok(())
}

/// What [`recover`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// A switch to this generation had not been completed and was undone.
    Undone {
        /// The generation that was being switched to.
        generation: String,
        /// How many actions the journal held.
        actions: usize,
    },
    /// A switch to this generation was complete but for tidying up, which was done.
    Completed {
        /// The generation that was switched to.
        generation: String,
    },
}

/// Brings a home into order after a switch that died. `None` when there was none. The caller holds
/// the lock that keeps two switches apart.
///
/// # Errors
/// When the journal is not understood, or when an action cannot be undone; it then stays.
pub fn recover(path: &Path, effects: &dyn Effects) -> Result<Option<Recovery>, JournalError> {
    let read = private_files::of_file(path).and_then(|(directory, name)| directory.read(name));
    let text = match read {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(JournalError::Io {
                path: path.to_owned(),
                source,
            });
        }
    };
    let (generation, actions, committed) =
        parse(&text).map_err(|reason| JournalError::Unreadable {
            path: path.to_owned(),
            reason,
        })?;
    if committed {
        finish(&actions, path, effects)?;
        return Ok(Some(Recovery::Completed { generation }));
    }
    revert(&actions, path, effects)?;
    Ok(Some(Recovery::Undone {
        generation,
        actions: actions.len(),
    }))
}

fn parse(text: &[u8]) -> Result<(String, Vec<Action>, bool), String> {
    let mut generation = String::new();
    let mut actions = Vec::new();
    let mut committed = false;
    let whole = text
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |index| index + 1);
    for line in text[..whole]
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        match serde_json::from_slice(line).map_err(|error| error.to_string())? {
            Record::Begin {
                version: 1,
                generation: name,
            } => generation = name,
            Record::Begin { version, .. } => return Err(format!("its version is {version}")),
            Record::Batch(batch) => actions.extend(batch),
            Record::Committed => committed = true,
        }
    }
    Ok((generation, actions, committed))
}

fn finish(actions: &[Action], path: &Path, effects: &dyn Effects) -> Result<(), JournalError> {
    for action in actions {
        discard(action, effects)?;
    }
    remove(path)
}

fn revert(actions: &[Action], path: &Path, effects: &dyn Effects) -> Result<(), JournalError> {
    for action in actions.iter().rev() {
        undo(action, effects)?;
    }
    remove(path)
}

fn remove(path: &Path) -> Result<(), JournalError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result.map_err(|source| JournalError::Io {
            path: path.to_owned(),
            source,
        }),
    }
}
