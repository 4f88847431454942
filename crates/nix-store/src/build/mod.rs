//! Building derivations.
//!
//! [`LocalStore::build`] makes valid what is wanted: it finds the derivations whose outputs are
//! missing, and runs their builders, those first on which others depend, several at a time. A
//! builder runs as the caller, in a directory and with an environment of its own, and writes to the
//! final path of its output under a lock; that path becomes valid only after its contents were
//! brought into canonical form, checked, scanned for references and hashed.

mod attributes;
mod buildenv;
mod checks;
mod child;
mod environment;
mod fetchurl;
mod graph;
mod launch;
mod log;
mod outputs;
mod run;
mod schedule;
mod structured;

pub use launch::{Launcher, launch};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix_wire::{Hash, StorePath};

use crate::error::StoreError;
use crate::local::LocalStore;

/// Something that is to be valid.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// A store object, however it came to be.
    Object(StorePath),
    /// Outputs of a derivation.
    Outputs {
        /// The derivation.
        derivation: StorePath,
        /// Which; `None` for all.
        outputs: Option<BTreeSet<String>>,
    },
}

impl Wanted {
    /// All outputs of a derivation.
    #[must_use]
    pub fn all_of(derivation: StorePath) -> Wanted {
        Wanted::Outputs {
            derivation,
            outputs: None,
        }
    }

    /// One output of a derivation.
    #[must_use]
    pub fn output_of(derivation: StorePath, output: &str) -> Wanted {
        Wanted::Outputs {
            derivation,
            outputs: Some(BTreeSet::from([output.to_owned()])),
        }
    }
}

/// How to build.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// How many builders run at the same time; at least one.
    pub jobs: usize,
    /// What builders are told of how many threads they may use.
    pub cores: usize,
    /// The systems whose builders run here, this machine's own first: `x86_64-linux`.
    pub systems: Vec<String>,
    /// What derivations may require of this machine.
    pub system_features: BTreeSet<String>,
    /// Where builders have their directories; `builds` in the state directory when not given.
    pub build_dir: Option<PathBuf>,
    /// Whether the directory of a builder that failed is left.
    pub keep_failed: bool,
    /// Whether to build what can be built after a failure.
    pub keep_going: bool,
    /// How many of the last lines of its log an error has.
    pub log_lines: usize,
    /// The values of variables that fixed-output derivations may ask for by `impureEnvVars`.
    pub impure_variables: BTreeMap<String, String>,
    /// What starts builders; this process, when not given.
    pub launcher: Option<Launcher>,
    /// After which time a builder is killed.
    pub timeout: Option<Duration>,
    /// After which time without a word a builder is killed.
    pub silent_timeout: Option<Duration>,
}

impl BuildOptions {
    /// Builds for this system with as many jobs and cores as the machine has.
    #[must_use]
    pub fn new(system: &str) -> BuildOptions {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let features = ["benchmark", "big-parallel", "nixos-test"];
        BuildOptions {
            jobs: threads,
            cores: threads,
            systems: vec![system.to_owned()],
            system_features: features.map(str::to_owned).into(),
            build_dir: None,
            keep_failed: false,
            keep_going: false,
            log_lines: 25,
            impure_variables: BTreeMap::new(),
            launcher: None,
            timeout: None,
            silent_timeout: None,
        }
    }
}

/// A flag by which a build is stopped from another thread.
#[derive(Debug, Clone, Default)]
pub struct Cancellation(Arc<AtomicBool>);

impl Cancellation {
    /// One that is not set.
    #[must_use]
    pub fn new() -> Cancellation {
        Cancellation::default()
    }

    /// Stops what has this flag. Safe to call in a signal handler.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// The flag itself, for what sets flags (handlers of signals, say).
    #[must_use]
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What is told about builds while they go on, by several threads at once.
pub trait Observer: Sync {
    /// These derivations, of which each comes after those it needs, will be built.
    fn planned(&self, _derivations: &[StorePath]) {}
    /// The path is locked by another process, for which this one waits.
    fn waiting(&self, _path: &Path) {}
    /// A builder begins.
    fn started(&self, _derivation: &StorePath) {}
    /// A builder says in which phase it is.
    fn phase(&self, _derivation: &StorePath, _phase: &str) {}
    /// A builder has written a line, which is without its end here.
    fn log_line(&self, _derivation: &StorePath, _line: &[u8]) {}
    /// A builder's directory was kept.
    fn kept(&self, _derivation: &StorePath, _directory: &Path) {}
    /// A build has ended, well or not.
    fn finished(&self, _derivation: &StorePath, _result: Result<(), &BuildError>) {}
}

/// An observer that does nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {}

/// Why something was not built.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum BuildError {
    #[error("{}", failed_text(.derivation, .reason, .output_paths, .log_lines, .log))]
    Failed {
        derivation: String,
        reason: FailureReason,
        output_paths: Vec<String>,
        /// The last lines of the log.
        log_lines: Vec<String>,
        /// The file that has the whole log.
        log: PathBuf,
    },
    #[error(
        "hash mismatch in fixed-output derivation '{derivation}':\n  \
         specified: {specified}\n     got:    {found}"
    )]
    HashMismatch {
        derivation: String,
        specified: Box<Hash>,
        found: Box<Hash>,
    },
    #[error("{0}")]
    OutputRejected(String),
    #[error("Cannot build '{derivation}'.\nReason: {reason}.")]
    NotHere { derivation: String, reason: String },
    #[error("derivation '{derivation}': {reason}")]
    BadDerivation { derivation: String, reason: String },
    #[error("derivation '{derivation}' does not have wanted outputs '{output}'")]
    NoOutput { derivation: String, output: String },
    #[error("path '{path}' is required, but there is no substituter that can build it")]
    NoWay { path: String },
    #[error("Cannot build '{derivation}'.\nReason: {failed} dependencies failed.")]
    DependencyFailed { derivation: String, failed: usize },
    #[error("interrupted")]
    Interrupted,
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for BuildError {
    fn from(error: StoreError) -> BuildError {
        match error {
            StoreError::Interrupted => BuildError::Interrupted,
            error => BuildError::Store(error),
        }
    }
}

/// How a builder failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureReason {
    /// It ended with this code.
    Exit(i32),
    /// It was killed by this signal.
    Signal(i32),
    /// It took longer than it may.
    TimedOut(Duration),
    /// It was silent for longer than it may.
    Silent(Duration),
    /// It could not be started, or is a built-in one that failed.
    Error(String),
}

impl fmt::Display for FailureReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FailureReason::Exit(code) => write!(formatter, "builder failed with exit code {code}"),
            FailureReason::Signal(signal) => {
                write!(formatter, "builder failed due to signal {signal}")
            }
            FailureReason::TimedOut(limit) => {
                write!(
                    formatter,
                    "builder timed out after {} seconds",
                    limit.as_secs()
                )
            }
            FailureReason::Silent(limit) => {
                let seconds = limit.as_secs();
                write!(
                    formatter,
                    "builder timed out after {seconds} seconds of silence"
                )
            }
            FailureReason::Error(message) => formatter.write_str(message),
        }
    }
}

fn failed_text(
    derivation: &str,
    reason: &FailureReason,
    output_paths: &[String],
    log_lines: &[String],
    log: &Path,
) -> String {
    let mut text = format!("Cannot build '{derivation}'.\nReason: {reason}.\nOutput paths:");
    for path in output_paths {
        text.push_str("\n  ");
        text.push_str(path);
    }
    if !log_lines.is_empty() {
        text.push_str(&format!("\nLast {} log lines:", log_lines.len()));
        for line in log_lines {
            text.push_str("\n> ");
            text.push_str(line);
        }
        text.push_str(&format!("\nThe full log is in {}", log.display()));
    }
    text
}

/// All that went wrong; at least one thing.
#[derive(Debug)]
pub struct BuildErrors(pub Vec<BuildError>);

impl BuildErrors {
    /// Whether a fixed output was not what was stated, and nothing worse happened.
    #[must_use]
    pub fn is_hash_mismatch(&self) -> bool {
        self.0
            .iter()
            .any(|error| matches!(error, BuildError::HashMismatch { .. }))
            && self.0.iter().all(|error| {
                matches!(
                    error,
                    BuildError::HashMismatch { .. } | BuildError::DependencyFailed { .. }
                )
            })
    }

    /// Whether it was stopped by the caller.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.0
            .iter()
            .any(|error| matches!(error, BuildError::Interrupted))
    }
}

impl fmt::Display for BuildErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(formatter, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for BuildErrors {}

impl From<BuildError> for BuildErrors {
    fn from(error: BuildError) -> BuildErrors {
        BuildErrors(vec![error])
    }
}

impl LocalStore {
    /// Makes what is wanted valid. Gives for each the paths by output name; an object has the one
    /// name `out`.
    ///
    /// # Errors
    /// All failures. What was built is valid nevertheless.
    pub fn build(
        &self,
        wanted: &[Wanted],
        options: &BuildOptions,
        cancellation: &Cancellation,
        observer: &dyn Observer,
    ) -> Result<Vec<BTreeMap<String, StorePath>>, BuildErrors> {
        let graph = graph::Graph::of(self, wanted)?;
        if !graph.nodes.is_empty() {
            schedule::build(self, &graph, options, cancellation, observer)?;
        }
        Ok(wanted
            .iter()
            .map(|wanted| graph::paths_of(self, wanted))
            .collect::<Result<_, _>>()?)
    }

    /// The derivations that would be built to make what is wanted valid, each after those that it
    /// needs.
    ///
    /// # Errors
    /// When it could not be built: something is missing and no derivation makes it.
    pub fn plan_build(&self, wanted: &[Wanted]) -> Result<Vec<StorePath>, BuildError> {
        Ok(graph::Graph::of(self, wanted)?.in_order())
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
