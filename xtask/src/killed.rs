//! `cargo xtask killed`: the program is killed in the middle of its work, again and again.
//!
//! Each time the store has to be as it is registered, nothing may be locked, and the work has to
//! succeed when it is done again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args as ClapArgs;

use crate::process::{Result, is_complaint, output, permit, program, wait};
use crate::random::Random;

/// As long as anything may take that is not stopped.
const PATIENCE: Duration = Duration::from_secs(60);

/// Kill the program while it works on a store
#[derive(ClapArgs)]
pub struct Arguments {
    /// How often
    #[arg(long, default_value_t = 500)]
    rounds: usize,

    /// Begin with this seed rather than one of the clock's
    #[arg(long)]
    seed: Option<u64>,

    /// Test this program in place of a release build
    #[arg(long)]
    program: Option<PathBuf>,
}

struct Rounds {
    program: PathBuf,
    root: PathBuf,
    random: Random,
    /// An export of some objects.
    export: PathBuf,
}

/// Runs the rounds; the first that leaves something wrong ends it.
pub fn run(arguments: &Arguments) -> Result<()> {
    let failed = |error: std::io::Error| error.to_string();
    let program = program(arguments.program.as_deref())?;
    let (random, seed) = Random::seeded(arguments.seed);
    let work = tempfile::Builder::new()
        .prefix("killed-")
        .tempdir()
        .map_err(failed)?;
    println!("seed {seed}");
    let mut rounds = Rounds {
        program,
        root: work.path().to_owned(),
        random,
        export: work.path().join("export"),
    };
    let outcome = rounds.play(arguments.rounds);
    let _ = permit(work.path());
    let killed = outcome.map_err(|message| format!("seed {seed}: {message}"))?;
    println!(
        "{} rounds, {killed} of them killed before the end: the store was valid after each",
        arguments.rounds
    );
    Ok(())
}

impl Rounds {
    fn play(&mut self, rounds: usize) -> Result<usize> {
        fs::create_dir(self.root.join("home")).map_err(|error| error.to_string())?;
        self.prepare()?;
        let mut killed = 0;
        for round in 1..=rounds {
            let work = ["gc", "import", "build", "add", "optimise"][self.random.below(5)];
            // How long work takes is found out by letting some of it end.
            let longest = Duration::from_millis(400);
            let limit = longest.mul_f64(self.random.below(1000) as f64 / 1000.0);
            let ended = self.killed_after(work, round, limit)?;
            killed += usize::from(!ended);
            self.check(&format!("round {round}, {work}"))?;
            if round % 50 == 0 {
                println!("{round} rounds");
            }
        }
        Ok(killed)
    }

    /// Makes what is imported later.
    fn prepare(&self) -> Result<()> {
        let tree = self.root.join("tree");
        fs::create_dir(&tree).map_err(|error| error.to_string())?;
        for number in 0..200 {
            fs::write(tree.join(number.to_string()), "x".repeat(number * 50))
                .map_err(|error| error.to_string())?;
        }
        let tree = tree.display().to_string();
        let path = self.must(&["nix-store", "--add", &tree])?;
        let exported = output(&mut self.command(&["nix-store", "--export", path.trim()]))?;
        fs::write(&self.export, exported.stdout).map_err(|error| error.to_string())
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(words)
            .current_dir(&self.root)
            .env("HOME", self.root.join("home"))
            .env("NIX_STORE_DIR", self.root.join("store"))
            .env("NIX_STATE_DIR", self.root.join("var/nix"))
            .env(
                "NIX_CONFIG",
                "sandbox = false\nsubstitute = false\nbuild-users-group =",
            );
        command
    }

    fn must(&self, words: &[&str]) -> Result<String> {
        let child = self
            .command(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let start = Instant::now();
        let id = child.id();
        let watch = std::thread::spawn(move || child.wait_with_output());
        while !watch.is_finished() {
            if start.elapsed() > PATIENCE {
                return Err(format!("{} (process {id}) does not end", words.join(" ")));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let ran = watch
            .join()
            .map_err(|_| "a thread panicked".to_owned())?
            .map_err(|error| error.to_string())?;
        if !ran.status.success() {
            return Err(format!(
                "{}: {}",
                words.join(" "),
                String::from_utf8_lossy(&ran.stderr)
            ));
        }
        Ok(String::from_utf8_lossy(&ran.stdout).into_owned())
    }

    /// Begins some work and kills it. Whether it ended before.
    fn killed_after(&mut self, work: &str, round: usize, limit: Duration) -> Result<bool> {
        let expression = format!(
            "let lower = n: derivation {{ name = \"lower-{round}-${{toString n}}\"; \
             system = builtins.currentSystem; builder = \"/bin/sh\"; \
             args = [ \"-c\" \"i=0; while [ $i -lt 200 ]; do echo $i; i=$((i+1)); done > $out\" ]; \
             }}; in derivation {{ name = \"upper-{round}\"; system = builtins.currentSystem; \
             builder = \"/bin/sh\"; lower = map lower [ 1 2 3 4 ]; \
             args = [ \"-c\" \"echo $lower > $out\" ]; }}"
        );
        let tree = self.root.join("tree");
        fs::write(tree.join("0"), format!("round {round}")).map_err(|error| error.to_string())?;
        let tree = tree.display().to_string();
        let words: Vec<&str> = match work {
            "gc" => vec!["nix-store", "--gc"],
            "import" => vec!["nix-store", "--import"],
            "build" => vec!["nix-build", "--no-out-link", "-E", &expression],
            "add" => vec!["nix-store", "--add", &tree],
            _ => vec!["nix-store", "--optimise"],
        };
        let mut command = self.command(&words);
        if work == "import" {
            command.stdin(fs::File::open(&self.export).map_err(|error| error.to_string())?);
        } else {
            command.stdin(Stdio::null());
        }
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let ended = wait(&mut child, limit)?;
        if !ended {
            // The one signal that a program cannot prepare for.
            child.kill().map_err(|error| error.to_string())?;
            child.wait().map_err(|error| error.to_string())?;
        }
        Ok(ended)
    }

    /// That the store is as it is registered, and can be worked on.
    fn check(&self, when: &str) -> Result<()> {
        let verify = ["nix-store", "--verify", "--check-contents"];
        let ran = output(&mut self.command(&verify))?;
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        if !ran.status.success() || is_complaint(&said) {
            return Err(format!("{when}: {said}"));
        }
        let outside: Vec<String> = fs::read_dir(&self.root)
            .map_err(|error| error.to_string())?
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| !["home", "store", "var", "tree", "export"].contains(&name.as_str()))
            .collect();
        if !outside.is_empty() {
            return Err(format!("{when}: {outside:?} appeared beside the store"));
        }
        // Nothing is left locked: everything can be done again.
        self.must(&["nix-store", "--add", &self.path("tree")])
            .and_then(|_| self.must(&["nix-store", "--optimise"]))
            .and_then(|_| self.must(&["nix-store", "--gc"]))
            .map_err(|message| format!("{when}: {message}"))?;
        Ok(())
    }

    fn path(&self, name: &str) -> String {
        let path: &Path = &self.root;
        path.join(name).display().to_string()
    }
}
