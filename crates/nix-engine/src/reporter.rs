//! What an engine tells of its work.

use std::fmt;
use std::path::Path;

use nix_flake::fetch::DetailLevel;
use nix_store::build::{BuildError, BuildMode, Plan};
use nix_wire::StorePath;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// `builtins.trace`
    Trace(&'a str),
    /// `builtins.warn`
    EvaluationWarning(&'a str),
    /// A warning: about a program, of a flake, of the store.
    Warning(&'a str),
    /// A step of the work, for those who want to know each.
    Detail(DetailLevel, fmt::Arguments<'a>),
    /// A call begins or ends; told only if the settings of the evaluation want it.
    Call {
        /// Where it is.
        location: &'a str,
        /// Whether it begins.
        entered: bool,
    },
    /// This will be built and fetched.
    Planned(&'a Plan),
    /// A build begins.
    BuildStarted(&'a StorePath, BuildMode),
    /// A build begins on the machine of this name.
    BuildStartedOn(&'a StorePath, &'a str),
    /// A builder says in which phase it is.
    BuildPhase(&'a StorePath, &'a str),
    /// The directory of a builder that failed is left here.
    BuildKept(&'a Path),
    /// A builder wrote a line.
    BuildLine(&'a StorePath, &'a [u8]),
    /// A build ended.
    BuildFinished(&'a StorePath, Option<&'a BuildError>),
    /// Another process has the lock of this path.
    Waiting(&'a Path),
}

/// Is told what happens, by several threads at once while something is built.
pub trait Reporter: Sync {
    /// Something happened.
    fn report(&self, event: Event<'_>);
}

/// Does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn report(&self, _: Event<'_>) {}
}
