//! `cargo xtask random-edits`: evaluations of a flake that is edited at random, as remembered, as
//! evaluated in place, and as evaluated from a copy in the store: they must be the same. The tests
//! make a few edits each time; this makes many.

use std::process::Command;

use clap::Args as ClapArgs;

use crate::process::{Result, must, project};

/// Compare remembered evaluations with fresh ones over many random edits
#[derive(ClapArgs)]
pub struct Arguments {
    /// How many edits, in a Git tree and as many in a directory
    #[arg(long, default_value_t = 1000)]
    rounds: usize,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let mut command = Command::new("cargo");
    command
        .args([
            "test",
            "--package",
            "hm-cli",
            "--test",
            "cli",
            "random_edits",
        ])
        .env("HOME_MANAGER_TEST_ROUNDS", arguments.rounds.to_string())
        .current_dir(project());
    must(&mut command)
}
