//! `cargo xtask ci`: what a change must pass.

use std::process::Command;
use std::time::Instant;

use clap::Args;

use crate::faults;
use crate::process::{Result, cargo, must, release_program};

/// The largest program that is released.
const LARGEST_PROGRAM: u64 = 40 * 1024 * 1024;

/// Run everything that a change must pass
#[derive(Args)]
pub struct Arguments {}

/// Formatting, lints, tests, the program as it is released, and that while things go wrong.
pub fn run(_: &Arguments) -> Result<()> {
    step("formatting", || {
        must(&mut cargo(&["fmt", "--all", "--check"]))
    })?;
    step("lints", || {
        must(&mut cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "--deny",
            "warnings",
        ]))
    })?;
    step("licences of dependencies", licences)?;
    step("tests", || {
        must(&mut cargo(&["test", "--workspace", "--quiet"]))
    })?;
    step("the program as it is released", || {
        let program = release_program()?;
        let size = program.metadata().map_err(|error| error.to_string())?.len();
        println!(
            "{}: {:.1} MiB",
            program.display(),
            size as f64 / (1024.0 * 1024.0)
        );
        if size > LARGEST_PROGRAM {
            return Err(format!(
                "the program is larger than {LARGEST_PROGRAM} bytes"
            ));
        }
        must(Command::new(&program).arg("--version"))
    })?;
    step("faults", || faults::run(&faults::Arguments::short()))
}

/// `cargo deny` is not part of a Rust installation.
fn licences() -> Result<()> {
    let there = Command::new("cargo-deny").arg("--version").output().is_ok();
    if !there {
        println!("skipped: cargo-deny is not installed (cargo install cargo-deny)");
        return Ok(());
    }
    must(&mut cargo(&[
        "deny",
        "--offline",
        "check",
        "bans",
        "licenses",
        "sources",
    ]))
}

fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("== {name}");
    let start = Instant::now();
    work()?;
    println!("== {name}: {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}
