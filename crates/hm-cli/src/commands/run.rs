//! `home-manager run`

use std::ffi::OsString;

use clap::Args;

use super::{Context, shell};
use crate::report::Failure;

/// Run a program with the packages and variables of the configuration
///
/// Nothing is activated. Where the user cannot write to /nix, the program sees one of its own, so
/// that packages of binary caches work.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// Builds the generation and becomes the program.
pub fn run(context: &Context, arguments: &RunArguments) -> Result<(), Failure> {
    match arguments.command.split_first() {
        Some((program, rest)) => shell::start(context, program, rest),
        None => Err(Failure::new("there is no program to run")),
    }
}
