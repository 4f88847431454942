//! One switch, from the first action to the commit.
//!
//! Activation blocks may change the home, so nothing is planned long before it is done: collisions
//! are looked for when the script reaches the block `checkLinkTargets`, and actions are planned
//! when it reaches the block that does them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use hm_plan::{Action, Collision, Plan, SwitchPlan};

use crate::actions::ActionError;
use crate::driver::{self, DriverError, Engine, Finished, Script};
use crate::effects::Effects;
use crate::journal::{Journal, JournalError};
use crate::links::LinkState;
use crate::processes::ProcessIdentity;

/// Plans the parts of a switch against the home as it is at the moment.
pub trait Planner {
    /// Why planning fails.
    type Error;

    /// Plans the links of files.
    ///
    /// # Errors
    /// When the home cannot be read.
    fn files(&self) -> Result<Plan, Self::Error>;

    /// Plans the user's profile of packages.
    ///
    /// # Errors
    /// When the profile cannot be read or built.
    fn packages(&self) -> Result<Vec<Action>, Self::Error>;

    /// Plans the removal of all generations and profiles.
    ///
    /// # Errors
    /// When a profile cannot be read.
    fn uninstall(&self) -> Result<Vec<Action>, Self::Error>;

    /// Plans what makes the generation the current one.
    ///
    /// # Errors
    /// When a profile cannot be read.
    fn commit(&self) -> Result<Vec<Action>, Self::Error>;

    /// Called after a batch about profiles was done: keeps what new links lead to from being collected
    /// as garbage.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn protect(&self, batch: &[Action]) -> Result<(), Self::Error>;
}

/// A part of a switch that the engine does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Core {
    /// Looks for collisions.
    CheckLinkTargets,
    /// Links files.
    LinkGeneration,
    /// Installs packages.
    InstallPackages,
    /// Removes generations and profiles.
    Uninstall,
}

impl Core {
    /// Returns the part that is done in the block of this name.
    #[must_use]
    pub fn of_block(name: &str) -> Option<Core> {
        Some(match name {
            "checkLinkTargets" => Core::CheckLinkTargets,
            "linkGeneration" => Core::LinkGeneration,
            "installPackages" => Core::InstallPackages,
            "uninstall" => Core::Uninstall,
            _ => return None,
        })
    }
}

/// What a switch consists of.
pub struct SwitchRequest<'a, P> {
    /// The script that runs the activation blocks.
    pub script: &'a Script,
    /// Plans the parts.
    pub planner: &'a P,
    /// The plan that was made before anything was changed. It holds until a block has run that may
    /// have changed the home.
    pub first: SwitchPlan,
    /// The parts that the engine does, in the order of their blocks. Empty for a script that does
    /// everything itself.
    pub core: Vec<Core>,
    /// The names of the blocks that are the engine's, or change nothing.
    pub harmless: Vec<String>,
    /// The links that such a script changes beside those of files.
    pub foreign: Vec<LinkState>,
    /// Directories on the file systems that hold the store and its database: what is there has to
    /// be on the disk before a link leads to it.
    pub store: Vec<PathBuf>,
    /// Where the journal is kept. A script that removes its directory has removed Home Manager.
    pub journal: PathBuf,
    /// Whether the user has asked to stop.
    pub interrupted: &'a dyn Fn() -> bool,
}

/// A switch that is complete.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was done to files.
    pub files: Plan,
    /// What was done to packages, profiles and generations.
    pub profiles: Vec<Action>,
    /// Whether Home Manager was removed.
    pub uninstalled: bool,
    /// The block in which the script ended before its end, although it reported no failure.
    pub cut_short: Option<String>,
    /// Things that were replaced and could not be deleted.
    pub leftovers: Vec<ActionError>,
    /// Why it is not certain that the disk has everything.
    pub unsynced: Option<std::io::Error>,
}

impl Outcome {
    /// Whether nothing had to be done.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.files.actions.is_empty() && self.profiles.is_empty() && !self.uninstalled
    }
}

/// A switch failed. Everything that the engine did has been undone, unless `undo` says otherwise.
#[derive(Debug)]
pub struct SwitchError<E> {
    /// Why it failed.
    pub cause: SwitchFailure<E>,
    /// Whether anything had been done.
    pub had_changed: bool,
    /// The blocks that had been begun and may have changed anything.
    pub blocks: Vec<String>,
    /// Why it could not be undone wholly.
    pub undo: Option<JournalError>,
}

/// Why a switch failed.
#[derive(Debug)]
pub enum SwitchFailure<E> {
    /// A link could not be made, or the journal not written.
    Journal(JournalError),
    /// The script could not be run.
    Driver(DriverError),
    /// A part could not be planned.
    Plan(E),
    /// Files of the user's are in the way.
    Collisions(Vec<Collision>),
    /// What the links lead to could not be written to the disk.
    Sync(std::io::Error),
    /// The script, that is one of its blocks, failed.
    Script {
        /// The block that failed.
        block: Option<String>,
        /// How the script ended.
        status: std::process::ExitStatus,
    },
}

impl<E> From<JournalError> for SwitchFailure<E> {
    fn from(error: JournalError) -> SwitchFailure<E> {
        SwitchFailure::Journal(error)
    }
}

/// Runs the activation blocks and does all actions; then, and only then, makes the generation the
/// current one. When anything fails all is undone.
///
/// # Errors
/// When an action or a block fails or the user interrupts.
pub fn switch<P: Planner>(
    request: &SwitchRequest<'_, P>,
    effects: &dyn Effects,
) -> Result<Outcome, SwitchError<P::Error>> {
    let generation = request.script.generation.display().to_string();
    let mut switch = Switch {
        request,
        effects,
        journal: Journal::new(request.journal.clone(), generation),
        done: BTreeSet::new(),
        blocks: Vec::new(),
        outcome: Outcome::default(),
        failure: None,
        is_store_synced: false,
        is_fresh: true,
    };
    match switch.activate() {
        Ok(()) => Ok(switch.outcome),
        Err(cause) => Err(SwitchError {
            cause,
            had_changed: switch.journal.has_changed(),
            undo: switch.journal.roll_back(effects).err(),
            blocks: switch.blocks,
        }),
    }
}

struct Switch<'a, P: Planner> {
    request: &'a SwitchRequest<'a, P>,
    effects: &'a dyn Effects,
    journal: Journal,
    done: BTreeSet<Core>,
    blocks: Vec<String>,
    outcome: Outcome,
    failure: Option<SwitchFailure<P::Error>>,
    is_store_synced: bool,
    /// Whether the first plan still holds.
    is_fresh: bool,
}

impl<P: Planner> Switch<'_, P> {
    fn activate(&mut self) -> Result<(), SwitchFailure<P::Error>> {
        if !self.request.script.native {
            self.expect_script()?;
        }
        let script = self.request.script;
        let finished = driver::run(script, self).map_err(SwitchFailure::Driver)?;
        if (self.request.interrupted)() {
            return Err(JournalError::Interrupted.into());
        }
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        if !finished.status.success() {
            return Err(SwitchFailure::Script {
                block: finished.blocks.last().cloned(),
                status: finished.status,
            });
        }
        self.finish_blocks(&finished)?;
        self.commit()
    }

    /// Writes down what a script will do that does everything itself.
    fn expect_script(&mut self) -> Result<(), SwitchFailure<P::Error>> {
        let plan = self.request.first.files.clone();
        self.sync_store()?;
        self.journal
            .expect(&plan.actions, self.request.foreign.clone())?;
        self.outcome.files = plan;
        Ok(())
    }

    /// Does those parts whose blocks were not reached, as a block ended the script.
    fn finish_blocks(&mut self, finished: &Finished) -> Result<(), SwitchFailure<P::Error>> {
        for core in self.request.core.clone() {
            if !self.done.contains(&core) {
                self.outcome.cut_short = finished.blocks.last().cloned();
                self.run_core(core)?;
            }
        }
        Ok(())
    }

    fn run_core(&mut self, core: Core) -> Result<(), SwitchFailure<P::Error>> {
        let planner = self.request.planner;
        match core {
            Core::CheckLinkTargets => {
                self.plan_files()?;
            }
            Core::LinkGeneration => {
                let plan = self.plan_files()?;
                self.run_batch(&plan.actions)?;
                self.outcome.files = plan;
            }
            Core::InstallPackages => {
                let batch = if self.is_fresh {
                    self.request.first.packages.clone()
                } else {
                    planner.packages().map_err(SwitchFailure::Plan)?
                };
                self.run_profiles(batch)?;
            }
            Core::Uninstall => {
                let batch = planner.uninstall().map_err(SwitchFailure::Plan)?;
                self.run_profiles(batch)?;
                self.outcome.uninstalled = true;
            }
        }
        self.done.insert(core);
        Ok(())
    }

    fn plan_files(&self) -> Result<Plan, SwitchFailure<P::Error>> {
        let plan = if self.is_fresh {
            self.request.first.files.clone()
        } else {
            self.request.planner.files().map_err(SwitchFailure::Plan)?
        };
        if plan.collisions.is_empty() {
            return Ok(plan);
        }
        Err(SwitchFailure::Collisions(plan.collisions))
    }

    fn run_batch(&mut self, batch: &[Action]) -> Result<(), SwitchFailure<P::Error>> {
        if batch.is_empty() {
            return Ok(());
        }
        self.sync_store()?;
        let interrupted = self.request.interrupted;
        Ok(self.journal.run(batch, self.effects, interrupted)?)
    }

    fn run_profiles(&mut self, batch: Vec<Action>) -> Result<(), SwitchFailure<P::Error>> {
        self.run_batch(&batch)?;
        let planner = self.request.planner;
        planner.protect(&batch).map_err(SwitchFailure::Plan)?;
        self.outcome.profiles.extend(batch);
        Ok(())
    }

    /// Has the disk take what links are about to lead to.
    fn sync_store(&mut self) -> Result<(), SwitchFailure<P::Error>> {
        if self.is_store_synced {
            return Ok(());
        }
        let paths: Vec<_> = self.request.store.iter().map(PathBuf::as_path).collect();
        self.effects.sync(&paths).map_err(SwitchFailure::Sync)?;
        self.is_store_synced = true;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), SwitchFailure<P::Error>> {
        let state = self.request.journal.parent();
        if state.is_some_and(|state| !state.exists()) {
            self.outcome.uninstalled = true;
        }
        if !self.outcome.uninstalled {
            let batch = self.request.planner.commit().map_err(SwitchFailure::Plan)?;
            self.run_profiles(batch)?;
        }
        let committed = self.journal.commit(self.effects)?;
        self.outcome.leftovers = committed.leftovers;
        self.outcome.unsynced = committed.unsynced;
        Ok(())
    }
}

impl<P: Planner> Engine for Switch<'_, P> {
    fn started(&mut self, process: u32) {
        if let Some(process) = ProcessIdentity::of(process) {
            // A journal that cannot be written fails the first batch, before it is begun.
            let _ = self.journal.note_process(process);
        }
    }

    fn began(&mut self, block: &str) {
        if !self.request.harmless.iter().any(|name| name == block) {
            self.is_fresh = false;
            self.blocks.push(block.to_owned());
        }
    }

    fn native(&mut self, block: &str) -> bool {
        let Some(core) = Core::of_block(block) else {
            // The journal is the write boundary.
            return true;
        };
        match self.run_core(core) {
            Ok(()) => true,
            Err(failure) => {
                self.failure = Some(failure);
                false
            }
        }
    }

    fn interrupted(&self) -> bool {
        (self.request.interrupted)()
    }
}
