//! `cargo xtask real-input DIR`: a real home, switched, changed and rolled back by upstream with
//! Nix and by this program, compared file by file after each step.
//!
//! Both get the same options (`xtask/real-input/*.nix`), the same tree of dotfiles and the same
//! stand-in for nixpkgs; upstream gets its own modules, this program ours. Both live in the same
//! home directory, one after the other, so that nothing has to be translated but store paths.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use clap::Args as ClapArgs;
use testutils::{HomeSnapshot, snapshot_home};

use crate::process::{Result, must, output, project, release_program, remove};

/// Compare a real home with what upstream and Nix make of it
#[derive(ClapArgs)]
pub struct Arguments {
    /// Where the checkouts are
    directory: PathBuf,

    /// A tree of dotfiles, at least 500
    #[arg(long)]
    dotfiles: PathBuf,

    /// What goes before a command to run it where Nix is, like `chroot ROOT`
    #[arg(long, default_value = "")]
    nix: String,

    /// Where `home.nix` and `change.nix` are
    #[arg(long)]
    input: Option<PathBuf>,

    /// Only write down what upstream makes, for a test that runs without it
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    /// A scratch directory that both can see; it is emptied first
    #[arg(long, default_value = "/tmp/hm-real-input")]
    scratch: PathBuf,
}

/// Where the two are allowed to differ, and why. A path stands for all that is below it.
const DIFFERENCES: &[(&str, &str)] = &[
    (
        ".nix-profile",
        "Nix makes a profile of nix-env (manifest.nix), this program one of `nix profile` \
         (manifest.json), which is the one that Nix makes today; what is in it is compared below",
    ),
    (
        ".nix-defexpr",
        "the list of channels of nix-env: nothing reads it when flakes are used",
    ),
    (
        ".local/state/nix",
        "profiles: their links are compared by number and kind of generation",
    ),
    (
        ".local/state/home-manager",
        "roots and the lock of each program",
    ),
    (
        ".local/share/nix",
        "this program's own store and Nix's own trust settings",
    ),
    (
        ".config/fish/config.fish",
        "formatted by the fish_indent of the machine that builds, which are two versions here",
    ),
    (".cache/nix", "caches of each program"),
    (".cache/home-manager", "caches of this program"),
];

/// Runs all steps with both and compares.
pub fn run(arguments: &Arguments) -> Result<()> {
    let directory = arguments
        .directory
        .canonicalize()
        .map_err(|error| format!("DIR: {error}"))?;
    let dotfiles = arguments
        .dotfiles
        .canonicalize()
        .map_err(|error| format!("dotfiles: {error}"))?;
    if arguments.scratch.exists() {
        fs::remove_dir_all(&arguments.scratch).map_err(|error| error.to_string())?;
    }
    let input = arguments
        .input
        .clone()
        .unwrap_or_else(|| project().join("xtask/real-input"));
    let stage = Stage {
        directory,
        dotfiles,
        input,
        scratch: arguments.scratch.clone(),
    };
    let upstream = Upstream {
        stage: &stage,
        prefix: words(&arguments.nix),
    };
    println!("upstream …");
    let expected = stage.play(&upstream)?;
    if let Some(file) = &arguments.record {
        let text = serde_json::to_string_pretty(&expected).map_err(|error| error.to_string())?;
        return fs::write(file, text + "\n").map_err(|error| error.to_string());
    }
    println!("ours …");
    let ours = Ours {
        stage: &stage,
        program: release_program()?,
    };
    let actual = stage.play(&ours)?;
    compare(&expected, &actual)
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// The steps: which modules, or a rollback.
const STEPS: &[(&str, Option<&str>)] = &[
    ("first switch", Some("./home.nix")),
    ("the same again", Some("./home.nix")),
    ("a change", Some("./home.nix ./change.nix")),
    ("rolled back", None),
];

trait Player {
    fn flake(&self) -> String;
    fn switch(&self) -> Result<()>;
    fn roll_back(&self) -> Result<()>;
}

struct Stage {
    directory: PathBuf,
    dotfiles: PathBuf,
    input: PathBuf,
    scratch: PathBuf,
}

impl Stage {
    fn ignored(&self) -> Vec<&'static str> {
        DIFFERENCES.iter().map(|(path, _)| *path).collect()
    }

    fn home(&self) -> PathBuf {
        self.scratch.join("home")
    }

    fn flake(&self) -> PathBuf {
        self.scratch.join("flake")
    }

    /// Plays all steps in a fresh home and tells what it looks like after each.
    fn play(&self, player: &dyn Player) -> Result<Vec<HomeSnapshot>> {
        let failed = |error: std::io::Error| error.to_string();
        for path in [self.home(), self.flake()] {
            remove(&path)?;
            fs::create_dir_all(&path).map_err(failed)?;
        }
        must(
            Command::new("cp")
                .arg("-r")
                .arg(&self.dotfiles)
                .arg(self.flake().join("dotfiles")),
        )?;
        let home = self.home().display().to_string();
        for name in ["home.nix", "change.nix"] {
            let text = fs::read_to_string(self.input.join(name)).map_err(failed)?;
            fs::write(
                self.flake().join(name),
                text.replace("@homeDirectory@", &home),
            )
            .map_err(failed)?;
        }
        fs::create_dir_all(self.home().join("own")).map_err(failed)?;
        fs::write(self.home().join(".unmanaged"), "mine\n").map_err(failed)?;
        let mut snapshots = Vec::new();
        for (name, modules) in STEPS {
            println!("  {name}");
            match modules {
                Some(modules) => {
                    let flake = player.flake().replace("@modules@", modules);
                    fs::write(self.flake().join("flake.nix"), flake).map_err(failed)?;
                    player.switch()?;
                }
                None => player.roll_back()?,
            }
            snapshots.push(snapshot_home(&self.home(), &self.ignored()));
        }
        Ok(snapshots)
    }

    fn flake_text(&self, home_manager: &str) -> String {
        format!(
            "{{\n  inputs.nixpkgs.url = \"git+file://{nixpkgs}\";\n  {home_manager}\n  \
             inputs.home-manager.inputs.nixpkgs.follows = \"nixpkgs\";\n  outputs = {{ nixpkgs, \
             home-manager, ... }}: {{\n    homeConfigurations.alice = \
             home-manager.lib.homeManagerConfiguration {{\n      pkgs = \
             nixpkgs.legacyPackages.x86_64-linux;\n      modules = [ @modules@ ];\n    }};\n  \
             }};\n}}\n",
            nixpkgs = self.directory.join("offline-nixpkgs").display()
        )
    }
}

/// Upstream's modules, built by Nix.
struct Upstream<'a> {
    stage: &'a Stage,
    prefix: Vec<String>,
}

impl Upstream<'_> {
    fn command(&self, words: &[&str]) -> Command {
        let all: Vec<&str> = self
            .prefix
            .iter()
            .map(String::as_str)
            .chain(words.iter().copied())
            .collect();
        let mut command = Command::new(all[0]);
        command
            .args(&all[1..])
            .current_dir(self.stage.flake())
            .env("HOME", self.stage.home())
            .env("USER", "alice");
        command
    }

    fn profile(&self) -> String {
        self.stage
            .home()
            .join(".local/state/nix/profiles/home-manager")
            .display()
            .to_string()
    }
}

impl Player for Upstream<'_> {
    fn flake(&self) -> String {
        let url = self.stage.directory.join("home-manager");
        self.stage.flake_text(&format!(
            "inputs.home-manager.url = \"git+file://{}\";",
            url.display()
        ))
    }

    fn switch(&self) -> Result<()> {
        let installable = "path:.#homeConfigurations.alice.activationPackage";
        let built = output(&mut self.command(&[
            "nix",
            "build",
            "--no-link",
            "--print-out-paths",
            installable,
        ]))?;
        if !built.status.success() {
            return Err(String::from_utf8_lossy(&built.stderr).into_owned());
        }
        let generation = String::from_utf8_lossy(&built.stdout).trim().to_owned();
        fs::create_dir_all(self.stage.home().join(".local/state/nix/profiles"))
            .map_err(|error| error.to_string())?;
        must(&mut self.command(&[
            "nix-env",
            "--profile",
            &self.profile(),
            "--set",
            &generation,
        ]))?;
        must(&mut self.command(&[&format!("{generation}/activate"), "--driver-version", "1"]))
    }

    fn roll_back(&self) -> Result<()> {
        must(&mut self.command(&["nix-env", "--profile", &self.profile(), "--rollback"]))?;
        let activate = format!("{}/activate", self.profile());
        must(&mut self.command(&[&activate, "--driver-version", "1"]))
    }
}

/// Our modules, by this program.
struct Ours<'a> {
    stage: &'a Stage,
    program: PathBuf,
}

impl Ours<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(self.stage.flake())
            .env_clear()
            .env("HOME", self.stage.home())
            .env("USER", "alice")
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("NIX_STORE_DIR", self.stage.scratch.join("store"))
            .env("NIX_STATE_DIR", self.stage.scratch.join("state"));
        command
    }
}

impl Player for Ours<'_> {
    fn flake(&self) -> String {
        self.stage
            .flake_text("inputs.home-manager.url = \"home-manager\";")
    }

    fn switch(&self) -> Result<()> {
        must(&mut self.command(&["switch", "--flake", "path:.#alice"]))
    }

    fn roll_back(&self) -> Result<()> {
        must(&mut self.command(&["switch", "--rollback"]))
    }
}

fn compare(expected: &[HomeSnapshot], actual: &[HomeSnapshot]) -> Result<()> {
    let mut wrong = 0;
    for (index, (name, _)) in STEPS.iter().enumerate() {
        let (expected, actual) = (&expected[index], &actual[index]);
        let names: std::collections::BTreeSet<_> = expected.keys().chain(actual.keys()).collect();
        let total = names.len();
        let mut differ = 0;
        for path in names {
            let (wanted, got) = (expected.get(path), actual.get(path));
            if wanted != got {
                differ += 1;
                show(path, wanted, got);
            }
        }
        println!("{name}: {} of {total} the same", total - differ);
        wrong += differ;
    }
    println!("Not compared:");
    for (path, why) in DIFFERENCES {
        println!("  {path}: {why}");
    }
    if wrong == 0 {
        Ok(())
    } else {
        Err(format!("{wrong} differences"))
    }
}

fn show(path: &str, wanted: Option<&String>, got: Option<&String>) {
    println!("--- {path}");
    let none = "(not there)".to_owned();
    let (wanted, got) = (wanted.unwrap_or(&none), got.unwrap_or(&none));
    let difference = similar::TextDiff::from_lines(wanted.as_str(), got.as_str());
    for line in difference
        .unified_diff()
        .context_radius(1)
        .to_string()
        .lines()
        .take(30)
    {
        println!("    {line}");
    }
}
