//! `home-manager rollback`

use clap::Args;

use super::{Context, switch};
use crate::report::Failure;

/// Switch to an earlier generation
///
/// Nothing is built: the home becomes what it was with that generation. Without --to it is the one
/// before the current one.
#[derive(Debug, Args)]
pub struct RollbackArguments {
    /// Switch to this generation
    #[arg(long, value_name = "ID")]
    to: Option<u64>,
}

/// Switches to a generation that exists.
pub fn run(context: &Context, arguments: &RollbackArguments) -> Result<(), Failure> {
    switch::to_existing(context, arguments.to, None)
}
