//! The journal of a switch: what was begun, so that it can be undone.
//!
//! One file of JSON lines. Each batch of actions is written and flushed to the disk before its
//! first action is done; the line `committed` is written when all is done. A file that ends in the
//! middle of a line is what a crash while writing leaves: nothing of that line was begun.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use hm_plan::Action;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::actions::{ActionError, Effect, Performer};
use crate::directories::{self, DirectoryState};
use crate::durable;
use crate::effects::Effects;
use crate::links::LinkState;
use crate::processes::ProcessIdentity;

/// Room that is kept on the disk behind what is written, so that the marks at the end always fit.
const RESERVE: u64 = 16 << 10;

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Record {
    /// A switch to this generation begins.
    Begin {
        version: u32,
        generation: String,
        /// See [`Performer::token`].
        #[serde(default)]
        token: String,
    },
    /// This process runs the activation blocks.
    Running(ProcessIdentity),
    /// What the directories are like that the next batch changes.
    Directories(Vec<DirectoryState>),
    /// What links are like that a script is about to change by itself.
    Links(Vec<LinkState>),
    /// These actions are about to be done, in order.
    Batch(Vec<Action>),
    /// The result of this action was there already, so that it is not undone.
    WasThere(Action),
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
    /// What was written is not certain to be on the disk.
    #[error("cannot write all changes to the disk: {0}")]
    Sync(io::Error),
    /// An action failed.
    #[error(transparent)]
    Action(#[from] ActionError),
    /// The user interrupted.
    #[error("interrupted")]
    Interrupted,
}

/// What a switch has done so far, as far as undoing it needs to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct History {
    generation: String,
    token: String,
    running: Option<ProcessIdentity>,
    directories: Vec<DirectoryState>,
    links: Vec<LinkState>,
    actions: Vec<Action>,
    committed: bool,
}

/// The journal of a switch that is under way.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Option<File>,
    history: History,
    /// Whether anything was changed.
    has_changed: bool,
    /// Whether the disk has the name of the file.
    is_named: bool,
}

/// How a commit went.
#[derive(Debug, Default)]
pub struct Committed {
    /// Things that were replaced and could not be deleted.
    pub leftovers: Vec<ActionError>,
    /// Why it is not certain that the disk has everything.
    pub unsynced: Option<io::Error>,
}

impl Journal {
    /// A journal at `path` for a switch to `generation`. The file is made by the first record.
    #[must_use]
    pub fn new(path: PathBuf, generation: String) -> Journal {
        Journal {
            path,
            file: None,
            history: History {
                generation,
                token: fresh_token(),
                ..History::default()
            },
            has_changed: false,
            is_named: false,
        }
    }

    /// Whether something was done that a failure has to undo.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.has_changed
    }

    /// Notes the process that runs the activation blocks, so that the next switch can end it if
    /// this one dies. After a power cut there is no such process, so this need not reach the disk.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn note_process(&mut self, process: ProcessIdentity) -> Result<(), JournalError> {
        self.append(&[Record::Running(process)], false)
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
        let states = directories::states(batch);
        let records = [
            Record::Directories(states.clone()),
            Record::Batch(batch.to_vec()),
        ];
        self.append(&records, true)?;
        self.has_changed = true;
        self.history.directories.extend(states);
        for action in batch {
            if interrupted() {
                return Err(JournalError::Interrupted);
            }
            self.history.actions.push(action.clone());
            let performer = Performer {
                effects,
                token: &self.history.token,
            };
            if performer.perform(action)? == Effect::WasThere {
                self.history.actions.pop();
                self.append(&[Record::WasThere(action.clone())], false)?;
            }
        }
        Ok(())
    }

    /// Writes down what a script is about to do by itself: what of it is found done is undone when
    /// the switch fails.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn expect(&mut self, batch: &[Action], links: Vec<LinkState>) -> Result<(), JournalError> {
        let states = directories::states(batch);
        let records = [
            Record::Directories(states.clone()),
            Record::Links(links.clone()),
            Record::Batch(batch.to_vec()),
        ];
        self.append(&records, true)?;
        self.has_changed = true;
        self.history.directories.extend(states);
        self.history.links.extend(links);
        self.history.actions.extend_from_slice(batch);
        Ok(())
    }

    /// Waits until all changes are on the disk, marks the switch as complete and deletes what it
    /// replaced.
    ///
    /// # Errors
    /// When the changes or the mark cannot be written. Then the mark is not there, and the caller
    /// calls [`Journal::roll_back`].
    pub fn commit(&mut self, effects: &dyn Effects) -> Result<Committed, JournalError> {
        if !self.has_changed {
            self.remove()?;
            return Ok(Committed::default());
        }
        let paths: Vec<&Path> = self.history.actions.iter().map(Action::path).collect();
        effects.sync(&paths).map_err(JournalError::Sync)?;
        self.append(&[Record::Committed], false)?;
        let mut committed = Committed {
            unsynced: self.sync().err(),
            ..Committed::default()
        };
        committed.leftovers = discard(&self.history, effects);
        // It is only in the way of the next switch, which removes it as well.
        let _ = self.remove();
        Ok(committed)
    }

    /// Undoes everything that was done, last first.
    ///
    /// # Errors
    /// When an action cannot be undone; the journal then stays, for a later [`recover`].
    pub fn roll_back(&mut self, effects: &dyn Effects) -> Result<(), JournalError> {
        revert(&self.history, effects)?;
        self.remove()
    }

    fn append(&mut self, records: &[Record], sync: bool) -> Result<(), JournalError> {
        let path = self.path.clone();
        let failed = |source| JournalError::Io {
            path: path.clone(),
            source,
        };
        let mut text = Vec::new();
        let is_new = self.file.is_none();
        if is_new {
            self.file = Some(create(&self.path).map_err(failed)?);
            let begin = Record::Begin {
                version: 1,
                generation: self.history.generation.clone(),
                token: self.history.token.clone(),
            };
            write_line(&mut text, &begin).map_err(failed)?;
        }
        for record in records {
            write_line(&mut text, record).map_err(failed)?;
        }
        let written = self.write(&text, sync);
        if written.is_err() && is_new {
            // A part of a line would be in the way of the next one.
            self.file = None;
            let _ = fs::remove_file(&self.path);
        }
        written.map_err(failed)
    }

    /// Writes at once, so that a crash leaves whole lines or one torn one at the end.
    fn write(&mut self, text: &[u8], sync: bool) -> io::Result<()> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let length = file.metadata()?.len();
        if sync {
            reserve(file, length, text.len() as u64 + RESERVE)?;
        }
        if let Err(error) = file.write_all(text) {
            let _ = file.set_len(length);
            return Err(error);
        }
        if sync {
            durable::sync(file)?;
            if !self.is_named {
                sync_directory_of(&self.path)?;
                self.is_named = true;
            }
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), durable::sync)
    }

    fn remove(&mut self) -> Result<(), JournalError> {
        if self.file.take().is_none() {
            return Ok(());
        }
        remove(&self.path)
    }
}

/// Returns a name part that no other switch has: it is made of the time and the process.
fn fresh_token() -> String {
    let time = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |time| time.as_nanos() as u64);
    format!("{:x}-{:x}", std::process::id(), time & 0xff_ffff_ffff)
}

fn create(path: &Path) -> io::Result<File> {
    let (directory, name) = private_files::of_new_file(path)?;
    directory.create_new(name, 0o644)
}

/// Sees to it that the disk has this much room for the file. Where the file system cannot, there is
/// as much as there is.
#[cfg(target_os = "linux")]
fn reserve(file: &File, length: u64, room: u64) -> io::Result<()> {
    match rustix::fs::fallocate(file, rustix::fs::FallocateFlags::KEEP_SIZE, length, room) {
        Err(error @ (rustix::io::Errno::NOSPC | rustix::io::Errno::DQUOT)) => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
fn reserve(_: &File, _: u64, _: u64) -> io::Result<()> {
    Ok(())
}

fn sync_directory_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => durable::supported(File::open(parent)?.sync_all()),
        None => Ok(()),
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
        /// Why things that were replaced could not be deleted.
        leftovers: Vec<String>,
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
    let history = parse(&text).map_err(|reason| JournalError::Unreadable {
        path: path.to_owned(),
        reason,
    })?;
    if let Some(process) = &history.running {
        // Its blocks would go on beside the next switch.
        process.end();
    }
    if history.committed {
        let leftovers = discard(&history, effects);
        remove(path)?;
        return Ok(Some(Recovery::Completed {
            generation: history.generation,
            leftovers: leftovers.iter().map(ToString::to_string).collect(),
        }));
    }
    revert(&history, effects)?;
    remove(path)?;
    Ok(Some(Recovery::Undone {
        actions: history.actions.len(),
        generation: history.generation,
    }))
}

fn parse(text: &[u8]) -> Result<History, String> {
    let mut history = History::default();
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
                generation,
                token,
            } => {
                history.generation = generation;
                history.token = token;
            }
            Record::Begin { version, .. } => return Err(format!("its version is {version}")),
            Record::Running(process) => history.running = Some(process),
            Record::Directories(states) => history.directories.extend(states),
            Record::Links(links) => history.links.extend(links),
            Record::Batch(batch) => history.actions.extend(batch),
            Record::WasThere(action) => {
                let place = history.actions.iter().rposition(|known| *known == action);
                place.map(|place| history.actions.remove(place));
            }
            Record::Committed => history.committed = true,
        }
    }
    Ok(history)
}

/// Deletes what was replaced. Returns why some of it could not be deleted.
fn discard(history: &History, effects: &dyn Effects) -> Vec<ActionError> {
    let performer = Performer {
        effects,
        token: &history.token,
    };
    let actions = history.actions.iter();
    actions
        .filter_map(|action| performer.discard(action).err())
        .collect()
}

fn revert(history: &History, effects: &dyn Effects) -> Result<(), JournalError> {
    let performer = Performer {
        effects,
        token: &history.token,
    };
    for action in history.actions.iter().rev() {
        performer.undo(action)?;
    }
    for link in history.links.iter().rev() {
        link.restore(&performer)?;
    }
    directories::restore(&history.directories);
    if history.actions.is_empty() {
        return Ok(());
    }
    let paths: Vec<&Path> = history.actions.iter().map(Action::path).collect();
    // Undone it is all the same; only the journal must not be gone before.
    let _ = effects.sync(&paths);
    Ok(())
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
