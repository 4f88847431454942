//! What is told about builds while they go on.

use std::path::Path;

use nix_wire::StorePath;

use super::{BuildError, BuildMode, Plan};

/// What is told about builds while they go on, by several threads at once.
pub trait Observer: Sync {
    /// This will be built and fetched.
    fn planned(&self, _plan: &Plan) {}
    /// Something that the user should know: that there is no sandbox, say.
    fn notice(&self, _text: &str) {}
    /// The path is locked by another process, for which this one waits.
    fn waiting(&self, _path: &Path) {}
    /// A builder begins.
    fn started(&self, _derivation: &StorePath, _mode: BuildMode) {}
    /// A builder begins on another machine.
    fn started_on(&self, derivation: &StorePath, _machine: &str) {
        self.started(derivation, BuildMode::Normal);
    }
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
