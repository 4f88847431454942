//! `cargo xtask bench DIR`: this program beside upstream's on Nix, in one run, as ratios.

use std::cell::OnceCell;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use clap::Args as ClapArgs;

use crate::process::{Result, must, output, project, release_program};

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

    /// A scratch directory that both can see; it is emptied first
    #[arg(long, default_value = "/tmp/hm-bench")]
    scratch: PathBuf,
}

/// One thing that is measured on both sides.
struct Measured {
    name: String,
    nix: Vec<Duration>,
    ours: Vec<Duration>,
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
        program: release_program()?,
        scratch: arguments.scratch.clone(),
        runs: arguments.runs,
        upstream: OnceCell::new(),
        directory,
    };
    let mut rows = bench.evaluations()?;
    rows.extend(bench.switches()?);
    println!(
        "{:<34} {:>10} {:>10} {:>7}",
        "median of each", "Nix", "ours", "ratio"
    );
    for Measured { name, nix, ours } in rows {
        let (nix, ours) = (median(nix), median(ours));
        println!(
            "{name:<34} {:>8.1}ms {:>8.1}ms {:>6.1}x",
            nix.as_secs_f64() * 1000.0,
            ours.as_secs_f64() * 1000.0,
            nix.as_secs_f64() / ours.as_secs_f64()
        );
    }
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

struct Bench {
    directory: PathBuf,
    prefix: Vec<String>,
    program: PathBuf,
    scratch: PathBuf,
    runs: usize,
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

    /// Runs both in turn, so that the machine's moods hit both alike.
    fn pair(
        &self,
        name: &str,
        mut nix: impl FnMut() -> Result<()>,
        mut ours: impl FnMut() -> Result<()>,
    ) -> Result<Measured> {
        let mut measured = Measured {
            name: name.to_owned(),
            nix: Vec::new(),
            ours: Vec::new(),
        };
        // The first round warms the disk.
        nix()?;
        ours()?;
        for _ in 0..self.runs {
            measured.nix.push(time(&mut nix)?);
            measured.ours.push(time(&mut ours)?);
        }
        Ok(measured)
    }

    fn evaluations(&self) -> Result<Vec<Measured>> {
        let at = self.directory.display();
        let cases: &[(&str, Vec<String>)] = &[
            (
                "upstream's default configuration",
                vec![
                    "-E".into(),
                    format!(
                        "((import {at}/home-manager/modules) {{ configuration = {{ home.username = \"a\"; \
                         home.homeDirectory = \"/home/a\"; home.stateVersion = \"26.05\"; \
                         manual.manpages.enable = false; }}; pkgs = import {at}/offline-nixpkgs/packages.nix \
                         {{ }}; }}).activationPackage"
                    ),
                ],
            ),
            ("corepkgs -A git", vec![format!("{at}/corepkgs"), "-A".into(), "git".into()]),
            (
                "nixpkgs-channels -A firefox",
                vec![format!("{at}/nixpkgs-channels"), "-A".into(), "firefox".into()],
            ),
            (
                "a NixOS system",
                vec![
                    format!("{at}/nixpkgs-channels/nixos"),
                    "-A".into(),
                    "system".into(),
                    "--arg".into(),
                    "configuration".into(),
                    "{ boot.loader.grub.device = \"/dev/sda\"; fileSystems.\"/\".device = \"/dev/sda1\"; }"
                        .into(),
                ],
            ),
        ];
        let mut rows = Vec::new();
        for (name, words) in cases {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let with = |first: &[&'static str]| -> Vec<&str> {
                first.iter().copied().chain(words.iter().copied()).collect()
            };
            rows.push(self.pair(
                name,
                || silent(&mut self.nix(&with(&["nix-instantiate"]))),
                || silent(&mut self.ours(&with(&["nix-instantiate"]))),
            )?);
        }
        Ok(rows)
    }

    /// A switch with nothing changed and one with one line changed.
    fn switches(&self) -> Result<Vec<Measured>> {
        let failed = |error: std::io::Error| error.to_string();
        if self.scratch.exists() {
            must(Command::new("chmod").args(["-R", "u+w"]).arg(&self.scratch))?;
            fs::remove_dir_all(&self.scratch).map_err(failed)?;
        }
        for side in ["nix", "ours"] {
            fs::create_dir_all(
                self.scratch
                    .join(side)
                    .join("home/.local/state/nix/profiles"),
            )
            .map_err(failed)?;
            fs::create_dir_all(self.scratch.join(side).join("flake")).map_err(failed)?;
        }
        let mut rows = Vec::new();
        self.write_configuration("nix", 0)?;
        self.write_configuration("ours", 0)?;
        rows.push(self.pair(
            "switch, nothing changed",
            || self.switch_nix(),
            || self.switch_ours(),
        )?);
        let counter = std::cell::Cell::new(0);
        rows.push(self.pair(
            "switch, one line changed",
            || {
                counter.set(counter.get() + 1);
                self.write_configuration("nix", counter.get())?;
                self.switch_nix()
            },
            || {
                self.write_configuration("ours", counter.get())?;
                self.switch_ours()
            },
        )?);
        Ok(rows)
    }

    fn write_configuration(&self, side: &str, number: u32) -> Result<()> {
        let failed = |error: std::io::Error| error.to_string();
        let home = self.scratch.join(side).join("home");
        let flake = self.scratch.join(side).join("flake");
        let (input, pkgs) = if side == "nix" {
            (
                format!(
                    "inputs.nixpkgs.url = \"git+file://{0}/offline-nixpkgs\"; inputs.home-manager.url = \
                     \"git+file://{0}/home-manager\"; inputs.home-manager.inputs.nixpkgs.follows = \
                     \"nixpkgs\";",
                    self.directory.display()
                ),
                "inputs.nixpkgs.legacyPackages.x86_64-linux",
            )
        } else {
            (
                "inputs.home-manager.url = \"home-manager\";".to_owned(),
                "inputs.home-manager.legacyPackages.x86_64-linux",
            )
        };
        fs::write(
            flake.join("flake.nix"),
            format!(
                "{{ {input} outputs = inputs: {{ homeConfigurations.alice = \
                 inputs.home-manager.lib.homeManagerConfiguration {{ pkgs = {pkgs}; modules = [ \
                 ./home.nix ]; }}; }}; }}\n"
            ),
        )
        .map_err(failed)?;
        let template =
            fs::read_to_string(project().join("xtask/bench/home.nix")).map_err(failed)?;
        fs::write(
            flake.join("home.nix"),
            template
                .replace("@homeDirectory@", &home.display().to_string())
                .replace("@number@", &number.to_string()),
        )
        .map_err(failed)
    }

    fn switch_nix(&self) -> Result<()> {
        let home = self.scratch.join("nix/home");
        let flake = self.scratch.join("nix/flake");
        let at = |command: &mut Command| {
            command
                .current_dir(&flake)
                .env("HOME", &home)
                .env("USER", "alice");
        };
        let program = format!("{}/bin/home-manager", self.upstream_program()?);
        let mut switch = self.nix(&[&program, "switch", "--flake", "path:.#alice"]);
        at(&mut switch);
        silent(&mut switch)
    }

    /// Upstream's own program, built with the stand-in for nixpkgs.
    fn upstream_program(&self) -> Result<String> {
        if let Some(program) = self.upstream.get() {
            return Ok(program.clone());
        }
        let at = self.directory.display();
        let expression = format!(
            "let pkgs = import {at}/offline-nixpkgs {{ }}; in pkgs.callPackage \
             {at}/home-manager/home-manager {{ path = \"{at}/home-manager\"; inetutils = \
             pkgs.emptyDirectory; pkgs = pkgs // {{ nixos-option = pkgs.emptyDirectory; }}; }}"
        );
        let built = output(&mut self.nix(&[
            "nix",
            "build",
            "--impure",
            "--no-link",
            "--print-out-paths",
            "--expr",
            &expression,
        ]))?;
        if !built.status.success() {
            return Err(String::from_utf8_lossy(&built.stderr).into_owned());
        }
        let program = String::from_utf8_lossy(&built.stdout).trim().to_owned();
        Ok(self.upstream.get_or_init(|| program).clone())
    }

    fn switch_ours(&self) -> Result<()> {
        let side = self.scratch.join("ours");
        let mut command = self.ours(&["switch", "--flake", "path:.#alice"]);
        command
            .current_dir(side.join("flake"))
            .env("HOME", side.join("home"))
            .env("USER", "alice")
            .env("NIX_STORE_DIR", side.join("store"))
            .env("NIX_STATE_DIR", side.join("state"));
        silent(&mut command)
    }
}

fn time(work: &mut impl FnMut() -> Result<()>) -> Result<Duration> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
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
