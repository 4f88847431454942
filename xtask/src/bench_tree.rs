//! `cargo xtask bench-tree`: one output of a flake that is a Git tree of many files, of which the
//! evaluation reads two. This program beside Nix, as a ratio, and beside itself with two files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args as ClapArgs;

use crate::process::{Result, must, program, remove};

/// Measure how the number of files in a Git tree counts that are not read
#[derive(ClapArgs)]
pub struct Arguments {
    /// What goes before a command to run it where Nix is
    #[arg(long, default_value = "")]
    nix: String,

    /// The program to measure; the one that is released if not given
    #[arg(long)]
    program: Option<PathBuf>,

    /// How many files the tree has
    #[arg(long, default_value_t = 100_000)]
    files: usize,

    /// How often each is run
    #[arg(long, default_value_t = 5)]
    runs: usize,

    /// A scratch directory that both can see; it is emptied first
    #[arg(long, default_value = "/tmp/hm-bench-tree")]
    scratch: PathBuf,
}

/// What is evaluated: it reads a second file.
const FLAKE: &str = "{ outputs = _: { value = builtins.readFile ./data.txt; }; }\n";

pub fn run(arguments: &Arguments) -> Result<()> {
    let scratch = &arguments.scratch;
    remove(scratch)?;
    let program = program(arguments.program.as_deref())?;
    let many = make_tree(&scratch.join("many"), arguments.files)?;
    let few = make_tree(&scratch.join("few"), 0)?;
    let ours = |tree: &Path| evaluate(&[program.display().to_string()], tree, scratch, "ours");
    let prefix: Vec<String> = arguments
        .nix
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let nix = |tree: &Path| evaluate(&prefix, tree, scratch, "nix");
    println!(
        "{:<44} {:>10} {:>10} {:>8} {:>12}",
        format!("{} files, medians in ms", arguments.files),
        "Nix",
        "ours",
        "ratio",
        "ours, 2 files"
    );
    for (name, before) in [
        ("nothing changed", Change::Nothing),
        ("another file changed", Change::Other),
        ("what is read changed", Change::Read),
        ("after a commit", Change::Commit),
    ] {
        let mut samples = [Vec::new(), Vec::new(), Vec::new()];
        for round in 0..=arguments.runs {
            for tree in [&many, &few] {
                before.make(tree, round)?;
            }
            let measured = [nix(&many)?, ours(&many)?, ours(&few)?];
            // The first round warms the disk, and the caches of those that have any.
            if round > 0 {
                for (samples, sample) in samples.iter_mut().zip(measured) {
                    samples.push(sample);
                }
            }
        }
        let [nix, ours, small] = samples.map(median);
        println!(
            "{name:<44} {nix:>10.1} {ours:>10.1} {:>8.1} {small:>12.1}",
            nix / ours
        );
    }
    Ok(())
}

/// What happens before each evaluation.
#[derive(Clone, Copy, Debug)]
enum Change {
    Nothing,
    Other,
    Read,
    Commit,
}

impl Change {
    fn make(self, tree: &Path, round: usize) -> Result<()> {
        let write = |name: &str| {
            fs::write(tree.join(name), format!("{self:?} {round}\n"))
                .map_err(|error| error.to_string())
        };
        match self {
            Change::Nothing => Ok(()),
            Change::Other => write("other.txt"),
            Change::Read => write("data.txt"),
            Change::Commit => {
                write("other.txt")?;
                git(tree, &["commit", "-q", "-a", "-m", "changed"])
            }
        }
    }
}

/// A Git tree with so many files in directories of a hundred, besides those of the flake.
fn make_tree(root: &Path, files: usize) -> Result<PathBuf> {
    let failed = |error: std::io::Error| error.to_string();
    fs::create_dir_all(root).map_err(failed)?;
    fs::write(root.join("flake.nix"), FLAKE).map_err(failed)?;
    fs::write(root.join("data.txt"), "data\n").map_err(failed)?;
    fs::write(root.join("other.txt"), "other\n").map_err(failed)?;
    for number in 0..files {
        let directory = root.join(format!("d{}", number / 100));
        if number % 100 == 0 {
            fs::create_dir(&directory).map_err(failed)?;
        }
        fs::write(directory.join(format!("f{number}")), format!("{number}\n")).map_err(failed)?;
    }
    git(root, &["init", "-q"])?;
    git(root, &["add", "-A"])?;
    git(root, &["commit", "-q", "-m", "all"])?;
    Ok(root.to_owned())
}

fn git(tree: &Path, words: &[&str]) -> Result<()> {
    let mut command = Command::new("git");
    command.arg("-C").arg(tree);
    command.args(["-c", "user.name=a", "-c", "user.email=a@example.org"]);
    must(command.args(words))
}

/// How long it takes to print the value.
fn evaluate(prefix: &[String], tree: &Path, scratch: &Path, side: &str) -> Result<Duration> {
    let mut words = prefix.iter().map(String::as_str).chain([
        "nix",
        "eval",
        "--raw",
        "--extra-experimental-features",
        "nix-command flakes",
    ]);
    let mut command = Command::new(words.next().unwrap_or("nix"));
    command.args(words);
    command.arg(format!("git+file://{}#value", tree.display()));
    let home = scratch.join(side);
    fs::create_dir_all(&home).map_err(|error| error.to_string())?;
    command
        .env("HOME", &home)
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("NIX_STORE_DIR", home.join("store"))
        .env("NIX_STATE_DIR", home.join("state"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().map_err(|error| error.to_string())?;
    let taken = start.elapsed();
    match status.success() {
        true => Ok(taken),
        false => Err(format!("{command:?} failed")),
    }
}

fn median(mut samples: Vec<Duration>) -> f64 {
    samples.sort_unstable();
    let middle = samples.get(samples.len() / 2).copied();
    middle.unwrap_or_default().as_secs_f64() * 1000.0
}
