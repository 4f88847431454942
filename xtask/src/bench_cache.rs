//! `cargo xtask bench-cache`: a binary cache filled by Nix, read by Nix and by this program from one
//! web server, in turns; what both then have is compared. And the reverse: a cache filled by this
//! program, read by Nix. Filling is measured, too.
//!
//! Nothing is deleted before the end: file systems look for the room of new files longer after many
//! were deleted (ext4 by far), of which the next to run would have the damage.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use clap::Args as ClapArgs;
use testutils::web::Server;

use crate::process::{Result, output, program, remove};

/// Measure copying from a binary cache beside Nix
#[derive(ClapArgs)]
pub struct Arguments {
    /// What goes before a command to run it where Nix is
    #[arg(long, default_value = "")]
    nix: String,

    /// This program, instead of building it as it is released
    #[arg(long)]
    program: Option<PathBuf>,

    /// How many small paths
    #[arg(long, default_value_t = 2000)]
    paths: usize,

    /// The size of the one large file, in MiB
    #[arg(long, default_value_t = 64)]
    large: usize,

    /// How often each is run
    #[arg(long, default_value_t = 3)]
    runs: usize,

    /// A scratch directory that both can see; it is emptied first
    #[arg(long, default_value = "/tmp/hm-bench-cache")]
    scratch: PathBuf,
}

/// Fills, measures, compares, and prints a table.
pub fn run(arguments: &Arguments) -> Result<()> {
    let bench = Bench {
        prefix: arguments
            .nix
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        program: program(arguments.program.as_deref())?,
        scratch: arguments.scratch.clone(),
        runs: arguments.runs.max(1),
        aside: Cell::new(0),
    };
    bench.empty()?;
    let small = bench.many_small(arguments.paths)?;
    let large = bench.one_large(arguments.large)?;
    println!(
        "{:<44} {:>10} {:>10} {:>7}",
        "median of each", "Nix", "ours", "ratio"
    );
    let (nix, ours) = bench.compare_filling(&small)?;
    row(
        &format!("{} small paths into a directory", arguments.paths),
        nix,
        ours,
    );
    let large_nix = bench.fill(Side::Nix, &large)?;
    let large_ours = bench.fill(Side::Ours, &large)?;
    row(
        &format!("one file of {} MiB into it, once", arguments.large),
        large_nix,
        large_ours,
    );
    for (filler, reader) in [(Side::Nix, "filled by Nix"), (Side::Ours, "filled by ours")] {
        let server = Server::of_files(bench.cache(filler));
        for (what, path) in [
            (format!("{} small paths", arguments.paths), &small),
            (format!("one file of {} MiB", arguments.large), &large),
        ] {
            let (nix, ours) = bench.compare(&server.url(), path)?;
            row(&format!("{what}, cache {reader}"), nix, ours);
        }
    }
    println!("after each run both stores had the same paths, references and hashes");
    bench.empty()
}

fn row(what: &str, nix: Duration, ours: Duration) {
    println!(
        "{what:<44} {:>8.0}ms {:>8.0}ms {:>6.1}x",
        nix.as_secs_f64() * 1000.0,
        ours.as_secs_f64() * 1000.0,
        nix.as_secs_f64() / ours.as_secs_f64()
    );
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Nix,
    Ours,
}

struct Bench {
    prefix: Vec<String>,
    program: PathBuf,
    scratch: PathBuf,
    runs: usize,
    /// How many directories were put aside.
    aside: Cell<usize>,
}

impl Bench {
    fn empty(&self) -> Result<()> {
        remove(&self.scratch)?;
        make(&self.scratch)
    }

    fn cache(&self, side: Side) -> PathBuf {
        self.scratch.join(match side {
            Side::Nix => "cache-of-nix",
            Side::Ours => "cache-of-ours",
        })
    }

    /// The store that has what is put into caches.
    fn source(&self) -> PathBuf {
        self.scratch.join("source")
    }

    /// A command of `nix` on the store whose files are in a directory; all stores have paths below
    /// one name.
    fn command(&self, side: Side, root: &Path, words: &[&str]) -> Command {
        let mut all: Vec<String> = match side {
            Side::Nix => self.prefix.clone(),
            Side::Ours => vec![self.program.display().to_string()],
        };
        all.push("nix".to_owned());
        all.extend(words.iter().map(|word| (*word).to_owned()));
        let mut command = Command::new(&all[0]);
        command
            .args(&all[1..])
            .current_dir(&self.scratch)
            .env("HOME", root.join("home"))
            .env("NIX_STORE_DIR", self.scratch.join("store"))
            .env("NIX_STATE_DIR", root.join("state"))
            .env(
                "NIX_CONFIG",
                "experimental-features = nix-command\nsubstituters =\nrequire-sigs = false\n",
            );
        command
    }

    /// A path that refers to many small ones.
    fn many_small(&self, count: usize) -> Result<String> {
        let expression = format!(
            "let one = n: builtins.toFile \"small-${{toString n}}\" \
             (builtins.concatStringsSep \" \" (builtins.genList (m: toString (n * 7919 + m)) 200)); \
             in builtins.toFile \"all\" (builtins.concatStringsSep \"\\n\" \
             (map (n: \"${{one n}}\") (builtins.genList (n: n) {count})))"
        );
        self.source_path(&["eval", "--raw", "--expr", &expression])
    }

    fn one_large(&self, megabytes: usize) -> Result<String> {
        let file = self.scratch.join("large");
        // Half of it can be compressed, as of programs.
        let mut state = 88_172_645_463_325_252_u64;
        let mut bytes = Vec::with_capacity(megabytes << 20);
        while bytes.len() < megabytes << 20 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.extend_from_slice(&state.to_le_bytes());
            bytes.extend_from_slice(b"the same");
        }
        fs::write(&file, bytes).map_err(|error| error.to_string())?;
        self.source_path(&["store", "add-path", &file.display().to_string()])
    }

    fn source_path(&self, words: &[&str]) -> Result<String> {
        let ran = output(&mut self.command(Side::Nix, &self.source(), words))?;
        if !ran.status.success() {
            return Err(String::from_utf8_lossy(&ran.stderr).into_owned());
        }
        Ok(String::from_utf8_lossy(&ran.stdout).trim().to_owned())
    }

    /// Puts a directory where it is not in the way, until the end.
    fn put_aside(&self, directory: &Path) -> Result<()> {
        if !directory.exists() {
            return Ok(());
        }
        let number = self.aside.replace(self.aside.get() + 1);
        let aside = self.scratch.join(format!("aside-{number}"));
        fs::rename(directory, aside).map_err(|error| error.to_string())
    }

    /// Fills empty caches by both in turns; the medians. The last caches stay.
    fn compare_filling(&self, path: &str) -> Result<(Duration, Duration)> {
        let (mut nix, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..self.runs {
            for (side, times) in [(Side::Nix, &mut nix), (Side::Ours, &mut ours)] {
                self.put_aside(&self.cache(side))?;
                times.push(self.fill(side, path)?);
            }
        }
        Ok((median(nix), median(ours)))
    }

    fn fill(&self, side: Side, path: &str) -> Result<Duration> {
        let cache = format!("file://{}", self.cache(side).display());
        // What was asked of a cache is remembered, and this one is new.
        let home = self.scratch.join("home");
        self.put_aside(&home)?;
        let mut command = self.command(side, &self.source(), &["copy", "--to", &cache, path]);
        let start = Instant::now();
        silent(command.env("HOME", home))?;
        Ok(start.elapsed())
    }

    /// Copies a path by both in turns; the medians.
    fn compare(&self, url: &str, path: &str) -> Result<(Duration, Duration)> {
        let (mut nix, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..self.runs {
            let (time, of_nix) = self.copy(Side::Nix, url, path)?;
            nix.push(time);
            let (time, of_ours) = self.copy(Side::Ours, url, path)?;
            ours.push(time);
            if of_nix != of_ours {
                return Err(format!(
                    "what both have of {path} is not the same:\n{of_nix}\n{of_ours}"
                ));
            }
        }
        Ok((median(nix), median(ours)))
    }

    /// Copies a path to an empty store; what Nix says of it afterwards.
    fn copy(&self, side: Side, url: &str, path: &str) -> Result<(Duration, String)> {
        let root = self.scratch.join("target");
        self.put_aside(&root)?;
        make(&root)?;
        // The source's own files are not there meanwhile.
        let kept = self.scratch.join("store-of-source");
        let store = self.scratch.join("store");
        fs::rename(&store, &kept).map_err(|error| error.to_string())?;
        let copied = self.copy_into(side, &root, url, path);
        self.put_aside(&store)?;
        fs::rename(&kept, &store).map_err(|error| error.to_string())?;
        copied
    }

    fn copy_into(
        &self,
        side: Side,
        root: &Path,
        url: &str,
        path: &str,
    ) -> Result<(Duration, String)> {
        let start = Instant::now();
        silent(&mut self.command(
            side,
            root,
            &["copy", "--no-check-sigs", "--from", url, path],
        ))?;
        let time = start.elapsed();
        let infos = output(&mut self.command(
            Side::Nix,
            root,
            &[
                "path-info",
                "--json",
                "--json-format",
                "2",
                "--recursive",
                path,
            ],
        ))?;
        silent(&mut self.command(
            Side::Nix,
            root,
            &["store", "verify", "--no-trust", "--recursive", path],
        ))?;
        let text = String::from_utf8_lossy(&infos.stdout).into_owned();
        let mut value: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
        if let Some(infos) = value["info"].as_object_mut() {
            for info in infos.values_mut() {
                info["registrationTime"] = serde_json::Value::Null;
            }
        }
        Ok((time, value.to_string()))
    }
}

fn make(directory: &Path) -> Result<()> {
    fs::create_dir_all(directory).map_err(|error| format!("{}: {error}", directory.display()))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn silent(command: &mut Command) -> Result<()> {
    let ran = output(command)?;
    if ran.status.success() {
        return Ok(());
    }
    Err(format!(
        "{command:?} failed:\n{}",
        String::from_utf8_lossy(&ran.stderr)
    ))
}
