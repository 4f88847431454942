//! Why an engine failed.

use nix_eval::Report;
use nix_store::StoreError;
use nix_store::build::BuildErrors;

/// Why an engine failed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// An evaluation failed; its positions are resolved.
    #[error("{}", .0.message)]
    Evaluation(Box<Report>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A text is not a store path.
    #[error(transparent)]
    StorePath(#[from] nix_wire::store_path::StorePathError),
    /// Builds failed.
    #[error(transparent)]
    Build(#[from] BuildErrors),
    /// A flake could not be had.
    #[error(transparent)]
    Flake(#[from] nix_flake::FlakeError),
    /// A file could not be read or written.
    #[error("cannot {action} '{}': {error}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: std::path::PathBuf,
        /// Why it failed.
        error: std::io::Error,
    },
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl EngineError {
    /// The exit status that a program should end with.
    #[must_use]
    pub fn status(&self) -> u8 {
        match self {
            EngineError::Evaluation(report) => report.status,
            EngineError::Build(errors) if errors.is_interrupted() => 130,
            EngineError::Build(errors) => errors.exit_code(),
            EngineError::Flake(error) => error.exit_status(),
            _ => 1,
        }
    }
}
