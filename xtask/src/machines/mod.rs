//! `cargo xtask machines`: the program on the machines that people have, and with each system call
//! refused.
//!
//! A machine is imitated by namespaces, file systems and a filter of system calls, all of which need
//! root on Linux. On each of them a home is made, changed, changed back, rolled back and looked at.
//! Then, on the plain machine, every system call that this makes is refused in turn: the command
//! has to succeed without it, or to end with one message and leave the home as it was.

mod calls;
mod list;
mod world;

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::process::{Result, program};
use list::{Expected, MACHINES, Machine};
use world::{Outcome, World};

/// Try the program on the machines that people have
#[derive(ClapArgs)]
pub struct Arguments {
    /// Only machines or system calls whose name has this in it
    #[arg(long)]
    only: Option<String>,

    /// Only the machines, no single system calls
    #[arg(long)]
    no_calls: bool,

    /// Only single system calls
    #[arg(long, conflicts_with = "no_calls")]
    only_calls: bool,

    /// Write the table of machines to this file
    #[arg(long)]
    write: Option<PathBuf>,

    /// Test this program instead of a release build
    #[arg(long)]
    program: Option<PathBuf>,
}

/// Tries all machines, then all system calls.
pub fn run(arguments: &Arguments) -> Result<()> {
    if !rustix::process::geteuid().is_root() || !cfg!(target_os = "linux") {
        return Err("machines are imitated by root on Linux".to_owned());
    }
    let program = program(arguments.program.as_deref())?;
    let world = World::new(&program)?;
    let mut failures = Vec::new();
    if !arguments.only_calls {
        failures.extend(try_machines(&world, arguments)?);
    }
    if !arguments.no_calls {
        failures.extend(calls::refuse_all(&world, arguments.only.as_deref())?);
    }
    if failures.is_empty() {
        return Ok(());
    }
    Err(failures.join("\n"))
}

fn try_machines(world: &World, arguments: &Arguments) -> Result<Vec<String>> {
    let wanted = |machine: &&Machine<'_>| {
        let only = arguments.only.as_deref();
        only.is_none_or(|part| machine.name.contains(part))
    };
    let mut failures = Vec::new();
    let mut rows = String::new();
    for machine in MACHINES.iter().filter(wanted) {
        let outcome = world.run(machine)?;
        let verdict = verdict(machine, &outcome);
        println!(
            "{}: {}{}",
            machine.name,
            verdict.as_deref().unwrap_or("as it should be"),
            outcome.time()
        );
        let lacking = if verdict.is_none() {
            machine.lacking
        } else {
            "does not work"
        };
        writeln!(
            rows,
            "| {} | {} | {} | {lacking} |",
            machine.name, machine.stands_for, machine.kernel
        )
        .map_err(|error| error.to_string())?;
        failures.extend(verdict.map(|text| format!("{}: {text}", machine.name)));
    }
    if let Some(path) = &arguments.write {
        let page = include_str!("platforms.md").replace("@ROWS@\n", &rows);
        fs::write(path, page).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(failures)
}

/// What is wrong with the outcome of a machine, if anything is.
fn verdict(machine: &Machine<'_>, outcome: &Outcome) -> Option<String> {
    let said = outcome.said();
    if said.contains("panicked") {
        return Some(format!("a panic: {said}"));
    }
    match machine.expected {
        Expected::Works => outcome
            .first_failure()
            .map(|(step, code, said)| format!("{step} ended with {code}: {said}")),
        Expected::Says(text) => {
            let (step, code, said) = outcome.first_failure()?;
            let is_clear = code == "1" || code == "100";
            if is_clear && said.contains(text) && outcome.home_is_untouched {
                return None;
            }
            Some(format!("{step} ended with {code}: {said}"))
        }
    }
}
