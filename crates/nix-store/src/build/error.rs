//! What can go wrong with builds.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix_wire::Hash;

use crate::error::StoreError;

/// Why something was not built.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum BuildError {
    #[error("{}", failed_text(.derivation, .reason, .output_paths, .log_lines, .log.as_deref()))]
    Failed {
        derivation: String,
        reason: FailureReason,
        output_paths: Vec<String>,
        /// The last lines of the log.
        log_lines: Vec<String>,
        /// The file that has the whole log, when one is kept.
        log: Option<PathBuf>,
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
    #[error("{0}")]
    ReferencesInFixed(String),
    #[error("{}", not_deterministic_text(.derivation, .output, .kept.as_deref(), .difference))]
    NotDeterministic {
        derivation: String,
        output: PathBuf,
        /// The place of the new output, if it was kept.
        kept: Option<PathBuf>,
        /// The text that `diff-hook` printed.
        difference: String,
    },
    #[error(
        "some outputs of '{derivation}' are not valid, so checking is not possible\n\
         Hint: --rebuild and --check error if the derivation was not previously built and cannot \
         be substituted.\n      Remove it to perform a fresh build, or use --repair to rewrite \
         missing or corrupted builds in the store."
    )]
    NothingToCheck { derivation: String },
    #[error("Cannot build '{derivation}'.\nReason: {reason}.")]
    NotHere { derivation: String, reason: String },
    #[error("Cannot build '{derivation}'.{reason}")]
    Rejected { derivation: String, reason: String },
    #[error(
        "experimental Nix feature '{0}' is disabled; add '--extra-experimental-features {0}' to \
         enable it"
    )]
    Feature(&'static str),
    #[error("{0}")]
    Other(String),
    #[error("derivation '{derivation}': {reason}")]
    BadDerivation { derivation: String, reason: String },
    #[error("derivation '{derivation}' does not have wanted outputs '{output}'")]
    NoOutput { derivation: String, output: String },
    #[error("path '{path}' is required, but there is no substituter that can build it")]
    NoWay { path: String },
    #[error(
        "some substitutes for the outputs of derivation '{derivation}' failed (usually happens due \
         to networking issues); try '--fallback' to build derivation from source "
    )]
    NotSubstituted { derivation: String },
    #[error("{}", dependency_text(.derivation, *.failed, .output_paths))]
    DependencyFailed {
        derivation: String,
        failed: usize,
        output_paths: Vec<String>,
    },
    /// Another store was asked to, and says why it did not.
    #[error("{message}")]
    Elsewhere { wanted: String, message: String },
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
    /// It wrote more than so many bytes.
    LogTooLong(u64),
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
                write!(formatter, "timed out after {} seconds", limit.as_secs())
            }
            FailureReason::Silent(limit) => {
                let seconds = limit.as_secs();
                write!(formatter, "timed out after {seconds} seconds")
            }
            FailureReason::LogTooLong(limit) => write!(
                formatter,
                "killed after writing more than {limit} bytes of log output"
            ),
            FailureReason::Error(message) => formatter.write_str(message),
        }
    }
}

fn failed_text(
    derivation: &str,
    reason: &FailureReason,
    output_paths: &[String],
    log_lines: &[String],
    log: Option<&Path>,
) -> String {
    let mut text = format!("Cannot build '{derivation}'.\nReason: {reason}.");
    push_outputs(&mut text, output_paths);
    if !log_lines.is_empty() {
        text.push_str(&format!("\nLast {} log lines:", log_lines.len()));
        for line in log_lines {
            text.push_str("\n> ");
            text.push_str(line);
        }
    }
    // As in Nix: without lines the log was printed, or it is empty.
    if let Some(log) = log.filter(|_| !log_lines.is_empty()) {
        text.push_str(&format!(
            "\nFor full logs, run:\n  nix log {derivation}\nThey are in '{}'.",
            log.display()
        ));
    }
    text
}

fn push_outputs(text: &mut String, output_paths: &[String]) {
    if !output_paths.is_empty() {
        text.push_str("\nOutput paths:");
    }
    for path in output_paths {
        text.push_str("\n  ");
        text.push_str(path);
    }
}

fn dependency_text(derivation: &str, failed: usize, output_paths: &[String]) -> String {
    let dependencies = if failed == 1 {
        "dependency"
    } else {
        "dependencies"
    };
    let mut text = format!("Cannot build '{derivation}'.\nReason: {failed} {dependencies} failed.");
    push_outputs(&mut text, output_paths);
    text
}

fn not_deterministic_text(
    derivation: &str,
    output: &Path,
    kept: Option<&Path>,
    difference: &str,
) -> String {
    let mut text = format!(
        "derivation '{derivation}' may not be deterministic: output '{}' differs",
        output.display()
    );
    if let Some(kept) = kept {
        text.push_str(&format!(" from '{}'", kept.display()));
    }
    if !difference.is_empty() {
        text.push_str(&format!("\n{difference}"));
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

    /// What a program exits with that failed for this, as Nix's: 100 and more when a builder
    /// failed (101 when it took too long, 102 when an output is not what was stated, 104 when one
    /// differs from what was built before), 1 for all else.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        const ANY: u8 = 0b110_0000;
        const FAILED: u8 = 0b100;
        let mut code = 0;
        for error in &self.0 {
            code |= match error {
                BuildError::Failed { reason, .. } => match reason {
                    FailureReason::TimedOut(_) | FailureReason::Silent(_) => FAILED | 0b1,
                    FailureReason::LogTooLong(_) => 0,
                    _ => FAILED,
                },
                BuildError::HashMismatch { .. } => FAILED | 0b10,
                BuildError::NotDeterministic { .. } => 0b1000,
                BuildError::Rejected { .. } => FAILED,
                _ => 0,
            };
        }
        if code == 0 { 1 } else { ANY | code }
    }

    /// The derivations that were not built, as their paths are printed.
    #[must_use]
    pub fn derivations(&self) -> Vec<&str> {
        self.0
            .iter()
            .filter_map(|error| match error {
                BuildError::Failed { derivation, .. }
                | BuildError::HashMismatch { derivation, .. }
                | BuildError::NotDeterministic { derivation, .. }
                | BuildError::NotHere { derivation, .. }
                | BuildError::Rejected { derivation, .. }
                | BuildError::DependencyFailed { derivation, .. } => Some(derivation.as_str()),
                _ => None,
            })
            .collect()
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

impl From<StoreError> for BuildErrors {
    fn from(error: StoreError) -> BuildErrors {
        BuildError::from(error).into()
    }
}

impl From<BuildError> for BuildErrors {
    fn from(error: BuildError) -> BuildErrors {
        BuildErrors(vec![error])
    }
}
