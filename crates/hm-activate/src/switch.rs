//! One switch, from the first action to the commit.

use std::path::PathBuf;

use hm_plan::Action;
use thiserror::Error;

use crate::driver::{self, DriverError, Script};
use crate::effects::Effects;
use crate::journal::{Journal, JournalError};

/// What a switch consists of.
pub struct SwitchRequest<'a> {
    /// The script that runs the activation blocks.
    pub script: &'a Script,
    /// What the block `linkGeneration` does.
    pub files: &'a [Action],
    /// What the block `installPackages` does.
    pub packages: &'a [Action],
    /// What makes the generation the current one, at the very end.
    pub commit: &'a [Action],
    /// Where the journal is kept.
    pub journal: PathBuf,
    /// Whether the user has asked to stop.
    pub interrupted: &'a dyn Fn() -> bool,
}

/// A switch that is complete.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How many actions were done.
    pub actions: usize,
}

/// A switch failed. Everything that was done has been undone, unless `undo` says otherwise.
#[derive(Debug, Error)]
#[error("{cause}")]
pub struct SwitchError {
    /// Why it failed.
    pub cause: SwitchFailure,
    /// Why it could not be undone wholly.
    pub undo: Option<JournalError>,
}

/// Why a switch failed.
#[derive(Debug, Error)]
pub enum SwitchFailure {
    /// A link could not be made, or the journal not written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The script could not be run.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// The script, that is one of its blocks, failed.
    #[error("activation failed{where_}: {status}",
        where_ = block.as_ref().map(|name| format!(" in the block '{name}'")).unwrap_or_default())]
    Script {
        /// The block that failed.
        block: Option<String>,
        /// How the script ended.
        status: std::process::ExitStatus,
    },
}

/// Runs the activation blocks and does all actions; then, and only then, makes the generation the
/// current one. When anything fails all is undone.
///
/// # Errors
/// When an action or a block fails or the user interrupts.
pub fn switch(request: &SwitchRequest<'_>, effects: &dyn Effects) -> Result<Outcome, SwitchError> {
    let generation = request.script.generation.display().to_string();
    let mut journal = Journal::new(request.journal.clone(), generation);
    match activate(request, &mut journal, effects) {
        Ok(actions) => match journal.commit(effects) {
            Ok(()) => Ok(Outcome { actions }),
            // The mark may or may not be on the disk: the next start finds out.
            Err(error) => Err(SwitchError {
                cause: error.into(),
                undo: None,
            }),
        },
        Err(cause) => Err(SwitchError {
            cause,
            undo: journal.roll_back(effects).err(),
        }),
    }
}

fn activate(
    request: &SwitchRequest<'_>,
    journal: &mut Journal,
    effects: &dyn Effects,
) -> Result<usize, SwitchFailure> {
    let mut failure: Option<JournalError> = None;
    let mut actions = 0;
    let finished = driver::run(request.script, &mut |block| {
        let batch = match block {
            "linkGeneration" => request.files,
            "installPackages" => request.packages,
            // The checks were made when the plan was; the journal is the write boundary.
            _ => &[],
        };
        match journal.run(batch, effects, request.interrupted) {
            Ok(()) => {
                actions += batch.len();
                true
            }
            Err(error) => {
                failure = Some(error);
                false
            }
        }
    })?;
    if let Some(error) = failure {
        return Err(error.into());
    }
    if (request.interrupted)() {
        return Err(JournalError::Interrupted.into());
    }
    if !finished.status.success() {
        return Err(SwitchFailure::Script {
            block: finished.last_block,
            status: finished.status,
        });
    }
    journal.run(request.commit, effects, request.interrupted)?;
    Ok(actions + request.commit.len())
}
