//! `cargo xtask three-ways DIR`: the flakes of the chapter under this program and under Nix, with
//! this project's modules and with upstream's.
//!
//! What is compared: derivation paths between the two evaluators, with the same modules; the
//! NixOS unit and the text of nix-darwin's activation between the two sets of modules. Then the
//! unit's command is run as the user that the unit names.

mod unit;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args as ClapArgs;

use crate::process::{Result, must, output, project, release_program};

/// Compare the three ways in, with our modules and upstream's, here and under Nix
#[derive(ClapArgs)]
pub struct Arguments {
    /// Where the checkouts are; also `nix-darwin`
    directory: PathBuf,

    /// What goes before a command to run it where Nix is, like `chroot ROOT`
    #[arg(long, default_value = "")]
    nix: String,

    /// This program, in place of one built as it is released
    #[arg(long)]
    program: Option<PathBuf>,

    /// A scratch directory that both can see; it is emptied first
    #[arg(long, default_value = "/tmp/hm-three-ways")]
    scratch: PathBuf,
}

/// A flake of the chapter and what of it is compared.
struct Way {
    name: &'static str,
    /// Attributes of the flake whose values both evaluators must agree on.
    agree: &'static [&'static str],
    /// An attribute whose text must be the same with both sets of modules, but for store paths.
    same_text: Option<&'static str>,
}

const WAYS: &[Way] = &[
    Way {
        name: "standalone",
        agree: &["homeConfigurations.jdoe.activationPackage.drvPath"],
        same_text: None,
    },
    Way {
        name: "nixos",
        agree: &[
            "nixosConfigurations.hostname.config.home-manager.users.jdoe.home.activationPackage.drvPath",
            "nixosConfigurations.hostname.config.systemd.units.\"home-manager-jdoe.service\".unit.drvPath",
            "nixosConfigurations.hostname.config.users.users.jdoe.packages",
        ],
        same_text: Some(
            "nixosConfigurations.hostname.config.systemd.units.\"home-manager-jdoe.service\".text",
        ),
    },
    Way {
        name: "nix-darwin",
        agree: &[
            "darwinConfigurations.hostname.config.home-manager.users.jdoe.home.activationPackage.drvPath",
            "darwinConfigurations.hostname.config.users.users.jdoe.packages",
        ],
        same_text: Some(
            "darwinConfigurations.hostname.config.system.activationScripts.postActivation.text",
        ),
    },
    Way {
        name: "flake-parts",
        agree: &["homeConfigurations.jdoe.activationPackage.drvPath"],
        same_text: None,
    },
];

/// Whose modules.
const MODULES: [&str; 2] = ["ours", "upstream"];

/// Evaluates all ways and compares.
pub fn run(arguments: &Arguments) -> Result<()> {
    let directory = arguments
        .directory
        .canonicalize()
        .map_err(|error| format!("DIR: {error}"))?;
    if arguments.scratch.exists() {
        fs::remove_dir_all(&arguments.scratch).map_err(|error| error.to_string())?;
    }
    let program = match &arguments.program {
        Some(program) => program.canonicalize().map_err(|error| error.to_string())?,
        None => release_program()?,
    };
    let stage = Stage {
        directory,
        scratch: arguments.scratch.clone(),
        program,
        nix: arguments
            .nix
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
    };
    stage.gather()?;
    let mut problems = Vec::new();
    for way in WAYS {
        if let Err(why) = stage.arrange(way) {
            println!("skipped: {}: {why}", way.name);
            continue;
        }
        let mut texts = Vec::new();
        for modules in MODULES {
            for attribute in way.agree.iter().chain(&way.same_text) {
                let ours = stage.evaluate(Evaluator::Ours, way, modules, attribute)?;
                let nix = stage.evaluate(Evaluator::Nix, way, modules, attribute)?;
                let short = attribute.rsplit("config.").next().unwrap_or(attribute);
                if ours == nix {
                    println!("ok   {}, {modules} modules: {short}", way.name);
                } else {
                    println!("FAIL {}, {modules} modules: {short}", way.name);
                    problems.push(format!(
                        "{}: {short}: {ours} here, {nix} with Nix",
                        way.name
                    ));
                }
                if way.same_text == Some(attribute) {
                    texts.push(ours);
                }
            }
        }
        if let [ours, upstream] = &texts[..] {
            let (ours, upstream) = (unit::comparable(ours), unit::comparable(upstream));
            if ours == upstream {
                println!("ok   {}: the same text as upstream's", way.name);
            } else {
                println!("FAIL {}: the text differs from upstream's", way.name);
                let difference = similar::TextDiff::from_lines(&upstream, &ours);
                problems.push(
                    difference
                        .unified_diff()
                        .header("upstream", "ours")
                        .to_string(),
                );
            }
        }
    }
    match unit::run(&stage) {
        Ok(()) => println!("ok   nixos: the unit's command, as its user"),
        Err(unit::Failure::Skipped(why)) => println!("skipped: the unit's command: {why}"),
        Err(unit::Failure::Wrong(why)) => {
            println!("FAIL nixos: the unit's command, as its user");
            problems.push(why);
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("\n"))
    }
}

/// Who evaluates.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Evaluator {
    Ours,
    Nix,
}

/// Where things are.
struct Stage {
    directory: PathBuf,
    scratch: PathBuf,
    program: PathBuf,
    nix: Vec<String>,
}

impl Stage {
    /// The inputs of the flakes, below the scratch directory.
    fn gather(&self) -> Result<()> {
        let scratch = &self.scratch;
        let nixpkgs = scratch.join("nixpkgs");
        fs::create_dir_all(&nixpkgs).map_err(|error| error.to_string())?;
        let here = project().join("xtask/three-ways");
        copy(&here.join("nixpkgs.nix"), &nixpkgs.join("flake.nix"))?;
        copy(&here.join("packages.nix"), &nixpkgs.join("default.nix"))?;
        copy(&here.join("old-nixos.nix"), &nixpkgs.join("old-nixos.nix"))?;
        copy(
            &self.directory.join("offline-nixpkgs"),
            &nixpkgs.join("packages"),
        )?;
        copy(
            &self.directory.join("nixpkgs-channels/nixos"),
            &nixpkgs.join("nixos"),
        )?;
        copy(
            &self.directory.join("home-manager"),
            &scratch.join("upstream"),
        )?;
        let ours = scratch.join("ours");
        fs::create_dir_all(&ours).map_err(|error| error.to_string())?;
        for part in [
            "flake-module.nix",
            "flake.lock",
            "flake.nix",
            "lib",
            "modules",
            "nix-darwin",
            "nixos",
            "pkgs",
            "templates",
        ] {
            copy(&project().join(part), &ours.join(part))?;
        }
        // The checkouts may belong to somebody else, and need no history.
        must(
            Command::new("find")
                .arg(scratch)
                .args(["-name", ".git", "-prune", "-exec", "rm", "-rf", "{}", "+"]),
        )
    }

    /// The flake of a way, once for each set of modules, with inputs that are at hand.
    fn arrange(&self, way: &Way) -> Result<()> {
        let mut inputs = vec![("\"github:NixOS/nixpkgs/", "nixpkgs")];
        for (reference, folder) in [
            ("\"github:nix-darwin/nix-darwin", "nix-darwin"),
            ("\"github:hercules-ci/flake-parts", "flake-parts"),
        ] {
            inputs.push((reference, folder));
            let flake = block(&format!("{}/flake.nix", way.name))?;
            let target = self.scratch.join(folder);
            if flake.contains(reference) && !target.exists() {
                copy(&self.directory.join(folder), &target)?;
                let git = target.join(".git");
                if git.is_dir() {
                    fs::remove_dir_all(&git).map_err(|error| error.to_string())?;
                }
            }
        }
        for modules in MODULES {
            let folder = self.flake(way, modules);
            fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
            let mut flake = block(&format!("{}/flake.nix", way.name))?;
            for (reference, input) in &inputs {
                flake = replace_url(&flake, reference, &self.scratch.join(input));
            }
            flake = replace_url(&flake, "\"home-manager\"", &self.scratch.join(modules));
            write(&folder.join("flake.nix"), &flake)?;
            let home = match way.name {
                "standalone" => Some("standalone/home.nix"),
                "nixos" | "nix-darwin" => Some("nixos/home.nix"),
                _ => None,
            };
            if let Some(home) = home {
                write(&folder.join("home.nix"), &block(home)?)?;
            }
            let system = project().join(format!("xtask/three-ways/{}.nix", way.name));
            if system.exists() {
                copy(&system, &folder.join("configuration.nix"))?;
            }
            if way.name == "nix-darwin" {
                let chapter = block("nix-darwin/configuration.nix")?;
                write(&folder.join("chapter.nix"), &chapter)?;
            }
        }
        Ok(())
    }

    fn flake(&self, way: &Way, modules: &str) -> PathBuf {
        self.scratch.join(format!("{}-{modules}", way.name))
    }

    /// The value of an attribute of a flake, as JSON.
    fn evaluate(
        &self,
        evaluator: Evaluator,
        way: &Way,
        modules: &str,
        attribute: &str,
    ) -> Result<String> {
        let expression = format!(
            "(builtins.getFlake \"path:{}\").{attribute}",
            self.flake(way, modules).display()
        );
        let mut command = match evaluator {
            Evaluator::Ours => self.ours("nix-instantiate"),
            Evaluator::Nix => self.with_nix("nix-instantiate"),
        };
        command.args([
            "--eval",
            "--read-write-mode",
            "--strict",
            "--json",
            "--expr",
            &expression,
        ]);
        let ran = output(&mut command)?;
        if !ran.status.success() {
            let who = if evaluator == Evaluator::Ours {
                "here"
            } else {
                "with Nix"
            };
            return Err(format!(
                "{}, {modules} modules, {who}: {attribute}:\n{}",
                way.name,
                String::from_utf8_lossy(&ran.stderr)
            ));
        }
        String::from_utf8(ran.stdout)
            .map(|text| text.trim().to_owned())
            .map_err(|error| error.to_string())
    }

    /// A tool of Nix that this program is.
    fn ours(&self, tool: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(tool);
        self.surroundings(&mut command);
        command
    }

    /// A tool of Nix itself.
    fn with_nix(&self, tool: &str) -> Command {
        let mut words = self.nix.iter().map(String::as_str).chain([tool]);
        let mut command = Command::new(words.next().unwrap_or(tool));
        command.args(words);
        self.surroundings(&mut command);
        command
    }

    fn surroundings(&self, command: &mut Command) {
        command
            .current_dir(&self.scratch)
            .env("HOME", self.scratch.join("home"))
            .env("NIX_STORE_DIR", self.scratch.join("store"))
            .env("NIX_STATE_DIR", self.scratch.join("state"))
            .env("NIX_CONFIG", "experimental-features = nix-command flakes");
    }
}

/// `url = …` and the like: the reference that begins so becomes a path.
fn replace_url(flake: &str, reference: &str, target: &Path) -> String {
    let Some(start) = flake.find(&format!("url = {reference}")) else {
        return flake.to_owned();
    };
    let from = start + "url = \"".len();
    let Some(length) = flake[from..].find('"') else {
        return flake.to_owned();
    };
    format!(
        "{}path:{}{}",
        &flake[..from],
        target.display(),
        &flake[from + length..]
    )
}

/// The chapter's block of Nix code of this name.
fn block(name: &str) -> Result<String> {
    let path = project().join("docs/flakes.md");
    testutils::chapter::blocks(&path)
        .map_err(|error| format!("{}: {error}", path.display()))?
        .into_iter()
        .find(|block| block.language == "nix" && block.name == name)
        .map(|block| block.text)
        .ok_or_else(|| format!("{} has no block `nix {name}`", path.display()))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    must(Command::new("cp").args(["-a", "-H"]).arg(from).arg(to))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
