//! `cargo xtask random-edits`: evaluations of a flake that is edited at random, as remembered, as
//! evaluated in place, and as evaluated from a copy in the store: they must be the same. The tests
//! make a few edits each time; this makes many.

use std::process::Command;

use clap::Args as ClapArgs;

use crate::process::{Result, must, project};
use crate::random::Random;

/// Compare remembered evaluations with fresh ones over many random edits
#[derive(ClapArgs)]
pub struct Arguments {
    /// How many edits, in a Git tree and as many in a directory
    #[arg(long, default_value_t = 1000)]
    rounds: usize,

    /// Begin with this seed rather than one of the clock's
    #[arg(long)]
    seed: Option<u64>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let (_, seed) = Random::seeded(arguments.seed);
    println!("seed {seed}");
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
        .env("HOME_MANAGER_TEST_SEED", seed.to_string())
        .current_dir(project());
    must(&mut command)
}
