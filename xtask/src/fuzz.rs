//! `cargo xtask fuzz`: the targets of `fuzz/` under cargo-fuzz.

use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use crate::process::{Result, cargo, must, project};

/// Look for inputs that crash or hang, guided by coverage (needs cargo-fuzz)
#[derive(Args)]
pub struct Arguments {
    /// How long each target runs
    #[arg(long, default_value_t = 60, value_name = "N")]
    seconds: u64,
    /// How many megabytes a target may use
    #[arg(long, default_value_t = 2048, value_name = "N")]
    memory: u64,
    /// The targets; all of them if none is named
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
}

/// How long a target may take for one input, in seconds.
const LONGEST_RUN: u64 = 20;

/// What has to be compiled for some targets beside formats and the evaluator.
fn features(target: &str) -> &'static str {
    match target {
        "flake_reference" | "lock_file" => "flakes",
        "worker_protocol" => "stores",
        _ => "",
    }
}

/// Runs each target for some time on its seeds and what was found before.
pub fn run(arguments: &Arguments) -> Result<()> {
    let there = Command::new("cargo-fuzz").arg("--version").output().is_ok();
    if !there {
        println!("cargo-fuzz is not installed (cargo install cargo-fuzz): the mutations of the");
        println!("ordinary test are tried instead, which know nothing of coverage");
        return must(&mut cargo(&["test", "--package", "fuzz-targets"]));
    }
    let known = targets()?;
    let chosen = if arguments.targets.is_empty() {
        &known
    } else {
        &arguments.targets
    };
    for target in chosen {
        if !known.contains(target) {
            return Err(format!("there is no target {target}: {}", known.join(", ")));
        }
        println!("== {target}");
        fuzz(target, arguments)?;
    }
    Ok(())
}

fn fuzz(target: &str, arguments: &Arguments) -> Result<()> {
    let directory = project().join("fuzz");
    let corpus = directory.join("corpus").join(target);
    std::fs::create_dir_all(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    let mut command = Command::new("cargo-fuzz");
    command
        .current_dir(project())
        // The coverage is recorded by options of the compiler that are not stable.
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["fuzz", "run", "--sanitizer", "none"])
        .args(["--no-default-features", "--features", features(target)])
        .arg(target)
        // New inputs go to the first directory.
        .arg(&corpus)
        .arg(directory.join("seeds").join(target))
        .arg("--")
        .arg(format!("-max_total_time={}", arguments.seconds))
        .arg(format!("-rss_limit_mb={}", arguments.memory))
        .arg(format!("-timeout={LONGEST_RUN}"))
        .arg("-print_final_stats=1");
    if matches!(target, "parse" | "evaluate") {
        command.arg(format!("-dict={}", directory.join("nix.dict").display()));
    }
    must(&mut command)
}

/// The targets, by their programs.
fn targets() -> Result<Vec<String>> {
    let directory = project().join("fuzz/fuzz_targets");
    let entries = std::fs::read_dir(&directory)
        .map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| {
            let file = PathBuf::from(entry.ok()?.file_name());
            Some(file.file_stem()?.to_str()?.to_owned())
        })
        .collect();
    names.sort();
    Ok(names)
}
