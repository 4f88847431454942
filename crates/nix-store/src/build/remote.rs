//! Builds on other machines: what those have to be able to, and who builds what.
//!
//! How other machines are reached is not known here; they are behind [`RemoteBuilders`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use nix_wire::{Derivation, StorePath};

use super::log::Log;
use super::{BuildError, BuildMode, BuildOptions, Cancellation, Observer};
use crate::local::{LocalStore, lock};
use crate::store::Store;

/// How often other machines are asked again while all are busy, and a place here looked for.
const RETRY: Duration = Duration::from_millis(200);

/// What a derivation needs of the machine that builds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirements {
    /// The derivation as it is told to people.
    pub derivation: String,
    /// The system of its builder: `x86_64-linux`.
    pub system: String,
    /// The features that it requires.
    pub features: BTreeSet<String>,
}

/// What other machines say to a derivation.
#[derive(Debug)]
pub enum Offer {
    /// This one builds it, and keeps a place for it.
    Accepted(Box<dyn RemoteBuilder>),
    /// Those that could build it are all busy.
    Busy,
    /// None can build it. Says which there are and what they lack.
    Nobody(String),
}

/// Machines that build for this one.
pub trait RemoteBuilders: fmt::Debug + Send + Sync {
    /// How many builds they take at the same time, all together.
    fn places(&self) -> usize;

    /// Looks for a machine with a free place that fulfils the requirements. What went wrong with a
    /// machine is told to the observer.
    ///
    /// # Errors
    /// When it cannot be found out which places are free.
    fn reserve(
        &self,
        requirements: &Requirements,
        observer: &dyn Observer,
    ) -> Result<Offer, BuildError>;
}

/// A derivation that another machine builds.
#[derive(Debug)]
pub struct RemoteJob<'a> {
    /// Its path.
    pub path: &'a StorePath,
    /// The derivation, whose inputs are all sources: the objects that its builder uses.
    pub derivation: &'a Derivation,
    /// The outputs for which it is built.
    pub outputs: &'a BTreeSet<String>,
}

/// A place on another machine.
pub trait RemoteBuilder: fmt::Debug + Send {
    /// The name of its store.
    fn uri(&self) -> String;

    /// Copies there what the builder uses of `store`, has it built, and copies the outputs back. Gives the
    /// paths of the outputs.
    ///
    /// # Errors
    /// When it fails, there or on the way.
    fn build(
        &self,
        store: &dyn Store,
        job: &RemoteJob<'_>,
        options: &BuildOptions,
        cancellation: &Cancellation,
        observer: &dyn Observer,
    ) -> Result<BTreeMap<String, StorePath>, BuildError>;
}

/// The places of this machine.
#[derive(Debug)]
pub(super) struct LocalPlaces {
    free: Mutex<usize>,
    changed: Condvar,
}

/// A place of this machine, which is free again when this is dropped.
#[derive(Debug)]
pub(super) struct LocalPlace<'a>(&'a LocalPlaces);

impl LocalPlaces {
    pub(super) fn new(count: usize) -> LocalPlaces {
        LocalPlaces {
            free: Mutex::new(count),
            changed: Condvar::new(),
        }
    }

    fn try_take(&self) -> Option<LocalPlace<'_>> {
        let mut free = lock(&self.free);
        *free = free.checked_sub(1)?;
        Some(LocalPlace(self))
    }

    /// Waits for a moment, or until a place is free.
    fn wait(&self) {
        let free = lock(&self.free);
        if *free == 0 {
            let waited = self.changed.wait_timeout(free, RETRY);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
        } else {
            drop(free);
            std::thread::sleep(RETRY);
        }
    }
}

impl Drop for LocalPlace<'_> {
    fn drop(&mut self) {
        *lock(&self.0.free) += 1;
        self.0.changed.notify_all();
    }
}

/// Where something is built.
pub(super) enum Place<'a> {
    /// On this machine.
    Here { _place: Option<LocalPlace<'a>> },
    /// On another one.
    There(Box<dyn RemoteBuilder>),
}

/// What is to be known of a derivation to find a place for it.
pub(super) struct Search<'a> {
    pub(super) options: &'a BuildOptions,
    pub(super) observer: &'a dyn Observer,
    pub(super) places: &'a LocalPlaces,
    pub(super) stopped: &'a dyn Fn() -> bool,
    pub(super) mode: BuildMode,
    /// Whether this machine could build it.
    pub(super) can_build_here: bool,
    /// Whether it is no work for another machine: it is faster done than sent.
    pub(super) prefers_here: bool,
    /// Whether no builder is started for it.
    pub(super) is_builtin: bool,
}

impl<'a> Search<'a> {
    /// Waits for a place. `Here` where nobody can build it: what is missing is said there.
    pub(super) fn find(&self, requirements: &Requirements) -> Result<Place<'a>, BuildError> {
        // Only a build that is wanted for what it makes is given away.
        let stays = self.mode != BuildMode::Normal || self.prefers_here;
        let stays = stays && self.can_build_here;
        let remote = self.options.remote_builders.as_ref().filter(|_| !stays);
        let mut told = false;
        loop {
            if (self.stopped)() {
                return Err(BuildError::Interrupted);
            }
            let offer = match remote {
                None => Offer::Nobody(String::new()),
                Some(builders) => builders.reserve(requirements, self.observer)?,
            };
            let is_busy = match offer {
                Offer::Accepted(builder) => return Ok(Place::There(builder)),
                Offer::Busy => true,
                Offer::Nobody(why) => {
                    if !self.can_build_here && !why.is_empty() && !told {
                        self.observer.notice(&why);
                        told = true;
                    }
                    false
                }
            };
            if self.is_builtin || (!self.can_build_here && !is_busy) {
                return Ok(Place::Here { _place: None });
            }
            if self.can_build_here
                && let Some(place) = self.places.try_take()
            {
                return Ok(Place::Here {
                    _place: Some(place),
                });
            }
            self.places.wait();
        }
    }
}

/// Has another machine build something, and keeps what that says in the log of the build.
pub(super) fn build(
    store: &LocalStore,
    builder: &dyn RemoteBuilder,
    job: &RemoteJob<'_>,
    options: &BuildOptions,
    stopped: &(dyn Fn() -> bool + Sync),
    observer: &dyn Observer,
) -> Result<BTreeMap<String, StorePath>, BuildError> {
    let log = Log::create(job.path, store.layout(), options, observer)?;
    let logged = Logged {
        log: Mutex::new(log),
        observer,
    };
    let cancellation = Cancellation::new();
    let is_done = Cancellation::new();
    let result = std::thread::scope(|scope| {
        // The other machine is not asked whether somebody wants to stop; it is told.
        scope.spawn(|| {
            while !is_done.is_cancelled() {
                if stopped() {
                    cancellation.cancel();
                    return;
                }
                std::thread::park_timeout(RETRY);
            }
        });
        let result = builder.build(store, job, options, &cancellation, &logged);
        is_done.cancel();
        result
    });
    let log = logged.log.into_inner();
    log.unwrap_or_else(PoisonError::into_inner).finish()?;
    result
}

/// Puts lines of a build into its log, which tells them further.
struct Logged<'a> {
    log: Mutex<Log<'a>>,
    observer: &'a dyn Observer,
}

impl Observer for Logged<'_> {
    fn notice(&self, text: &str) {
        self.observer.notice(text);
    }

    fn phase(&self, derivation: &StorePath, phase: &str) {
        self.observer.phase(derivation, phase);
    }

    fn kept(&self, derivation: &StorePath, directory: &Path) {
        self.observer.kept(derivation, directory);
    }

    fn log_line(&self, _derivation: &StorePath, line: &[u8]) {
        let mut log = lock(&self.log);
        log.write(line);
        log.write(b"\n");
    }
}
