//! `cargo xtask bench DIR`: this program beside upstream's on Nix, in one run, as ratios.

mod evaluations;
mod switches;

use std::cell::OnceCell;
use std::io::{Read, Seek};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args as ClapArgs;
use wait4::Wait4;

use crate::process::{Result, program, remove};

/// Measure this program beside upstream's on Nix
#[derive(ClapArgs)]
pub struct Arguments {
    /// Where the checkouts are
    directory: PathBuf,

    /// What goes before a command to run it where Nix is
    #[arg(long, default_value = "")]
    nix: String,

    /// How often each is run
    #[arg(long, default_value_t = 10)]
    runs: usize,

    /// The program to measure; the one that is released if not given
    #[arg(long)]
    program: Option<PathBuf>,

    /// Only what has this in its name
    #[arg(long, default_value = "")]
    only: String,

    /// A scratch directory that both can see; it is emptied first
    #[arg(long, default_value = "/tmp/hm-bench")]
    scratch: PathBuf,
}

/// What one run of a command took.
#[derive(Clone, Copy, Default)]
struct Sample {
    wall: Duration,
    user: Duration,
    /// The largest resident set, in bytes.
    memory: u64,
}

/// Measures and prints a table.
pub fn run(arguments: &Arguments) -> Result<()> {
    let directory = arguments
        .directory
        .canonicalize()
        .map_err(|error| format!("DIR: {error}"))?;
    let bench = Bench {
        prefix: arguments
            .nix
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        program: program(arguments.program.as_deref())?,
        scratch: arguments.scratch.clone(),
        runs: arguments.runs,
        only: arguments.only.clone(),
        upstream: OnceCell::new(),
        directory,
    };
    remove(&bench.scratch)?;
    println!(
        "{:<46} {:>18} {:>18} {:>18}",
        "median of each: Nix, ours, ratio", "wall ms", "user ms", "memory MB"
    );
    bench.evaluations()?;
    bench.switches()
}

struct Bench {
    directory: PathBuf,
    prefix: Vec<String>,
    program: PathBuf,
    scratch: PathBuf,
    runs: usize,
    only: String,
    upstream: OnceCell<String>,
}

impl Bench {
    fn nix(&self, words: &[&str]) -> Command {
        let mut all: Vec<&str> = self.prefix.iter().map(String::as_str).collect();
        all.extend(words);
        let mut command = Command::new(all[0]);
        command.args(&all[1..]).current_dir(&self.directory);
        command
    }

    fn ours(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).current_dir(&self.directory);
        command
    }

    fn is_wanted(&self, name: &str) -> bool {
        name.contains(&self.only)
    }

    /// Runs all in turn, so that the machine's moods hit all alike. Gives the samples of each.
    fn measure(&self, ways: &mut [&mut dyn FnMut() -> Result<Sample>]) -> Result<Vec<Vec<Sample>>> {
        // The first round warms the disk, and the caches of those that have any.
        for way in &mut *ways {
            way()?;
        }
        let mut samples = vec![Vec::new(); ways.len()];
        for _ in 0..self.runs {
            for (way, samples) in ways.iter_mut().zip(&mut samples) {
                samples.push(way()?);
            }
        }
        Ok(samples)
    }
}

/// Prints the medians of Nix and ours.
fn report(name: &str, nix: &[Sample], ours: &[Sample]) {
    let column = |value: fn(&Sample) -> f64| {
        let (nix, ours) = (median(nix, value), median(ours, value));
        format!("{nix:.1} {ours:.1} {:.2}", nix / ours)
    };
    println!(
        "{name:<46} {:>18} {:>18} {:>18}",
        column(|sample| sample.wall.as_secs_f64() * 1000.0),
        column(|sample| sample.user.as_secs_f64() * 1000.0),
        column(|sample| sample.memory as f64 / 1e6),
    );
}

fn median(samples: &[Sample], value: fn(&Sample) -> f64) -> f64 {
    let mut values: Vec<f64> = samples.iter().map(value).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Runs a command that has to succeed.
fn sample(command: &mut Command) -> Result<Sample> {
    let failed = |error: std::io::Error| format!("{command:?}: {error}");
    let mut errors = tempfile::tempfile().map_err(failed)?;
    let kept = errors.try_clone().map_err(failed)?;
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(kept)
        .spawn()
        .map_err(|error| format!("{:?}: {error}", command.get_program()))?;
    let ended = child.wait4().map_err(|error| error.to_string())?;
    let wall = start.elapsed();
    if ended.status.success() {
        return Ok(Sample {
            wall,
            user: ended.rusage.utime,
            memory: ended.rusage.maxrss,
        });
    }
    let mut text = String::new();
    let _ = errors
        .rewind()
        .and_then(|()| errors.read_to_string(&mut text));
    Err(format!("{command:?} failed:\n{text}"))
}
