//! `cargo xtask examples`: the examples of all options, with the embedded library and packages.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use testutils::Sandbox;
use testutils::evaluations::{Evaluated, evaluate_examples};

use crate::process::{Result, program, project};

/// Evaluate the example of each option with the embedded library and packages
#[derive(ClapArgs)]
pub struct Arguments {
    /// Run this program instead of building one
    #[arg(long, value_name = "PROGRAM")]
    program: Option<PathBuf>,
}

/// Evaluates the examples and lists those that fail. The tests tell which may.
pub fn run(arguments: &Arguments) -> Result<()> {
    let sandbox = Sandbox::new(program(arguments.program.as_deref())?);
    print_summary(&evaluate_examples(&sandbox, &project()));
    Ok(())
}

/// Prints the names that have no value, by the reason, and the counts.
pub fn print_summary(results: &[(String, Evaluated)]) {
    let mut failed: Vec<(String, &str)> = results
        .iter()
        .filter_map(|(name, value)| Some((first_line(value.as_ref().err()?), name.as_str())))
        .collect();
    failed.sort();
    for (reason, name) in &failed {
        println!("{name}: {reason}");
    }
    println!(
        "{} of {} evaluate",
        results.len() - failed.len(),
        results.len()
    );
}

/// The message without the text of the place that follows it.
fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    line.chars().take(160).collect()
}
