//! Where machines are imitated, and what happens on them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::list::{Expected, Kind, Machine};
use crate::process::{Result, must, output, remove};

/// What is done on each machine.
const SCRIPT: &str = include_str!("machine.sh");

/// A directory with the program and the filter.
pub(super) struct World {
    root: tempfile::TempDir,
}

/// What a command came to.
pub(super) struct Step {
    pub name: String,
    pub code: String,
    pub said: String,
}

/// What happened on a machine.
pub(super) struct Outcome {
    pub steps: Vec<Step>,
    pub home_is_untouched: bool,
    first_switch: Duration,
}

impl Outcome {
    /// The step that failed, its exit code and what it said.
    pub(super) fn first_failure(&self) -> Option<(&str, &str, &str)> {
        let failed = self.steps.iter().find(|step| step.code != "0")?;
        Some((&failed.name, &failed.code, &failed.said))
    }

    pub(super) fn said(&self) -> String {
        self.steps.iter().map(|step| step.said.as_str()).collect()
    }

    pub(super) fn time(&self) -> String {
        format!(" (all steps: {:.1} s)", self.first_switch.as_secs_f64())
    }
}

impl World {
    pub(super) fn new(program: &Path) -> Result<World> {
        // A home below /tmp would be hidden on some of the machines.
        let root = tempfile::Builder::new()
            .prefix("machines-")
            .tempdir_in("/var")
            .map_err(|error| error.to_string())?;
        must(Command::new("chmod").arg("755").arg(root.path()))?;
        let world = World { root };
        fs::copy(program, world.program()).map_err(|error| error.to_string())?;
        let source = world.path("refuse.c");
        fs::write(&source, include_str!("refuse.c")).map_err(|error| error.to_string())?;
        must(
            Command::new("cc")
                .args(["-static", "-O1", "-o"])
                .arg(world.path("refuse"))
                .arg(&source),
        )?;
        Ok(world)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(super) fn program(&self) -> PathBuf {
        self.path("home-manager")
    }

    /// Does everything on a machine.
    pub(super) fn run(&self, machine: &Machine<'_>) -> Result<Outcome> {
        let directory = self.path(machine.name);
        fs::create_dir(&directory).map_err(|error| error.to_string())?;
        let kind = match machine.kind {
            Kind::Here => "here",
            Kind::Busybox => "busybox",
            Kind::Bare => "bare",
        };
        let start = Instant::now();
        let ran = output(
            Command::new("unshare")
                .args(["--mount", "--propagation", "private", "bash", "-c", SCRIPT])
                .arg("machine")
                .current_dir(&directory)
                .env("T", self.root.path())
                .env("W", &directory)
                .env("KIND", kind)
                .env("SETUP", machine.setup)
                .env("REFUSED", machine.refused)
                .env("VARIABLES", machine.variables)
                .env(
                    "FIRST_ONLY",
                    if machine.expected == Expected::Works {
                        ""
                    } else {
                        "1"
                    },
                ),
        )?;
        let first_switch = start.elapsed();
        let mut steps = steps(&directory)?;
        if !ran.status.success() {
            steps.push(Step {
                name: "the machine".to_owned(),
                code: ran.status.to_string(),
                said: String::from_utf8_lossy(&ran.stderr).into_owned(),
            });
        }
        let home_is_untouched = directory.join("untouched").exists();
        remove(&directory)?;
        Ok(Outcome {
            steps,
            home_is_untouched,
            first_switch,
        })
    }
}

/// What the script wrote down: of each step its exit code and what it said.
fn steps(directory: &Path) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    for entry in fs::read_dir(directory).map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(name) = name.strip_suffix(".code") else {
            continue;
        };
        let read =
            |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
        steps.push(Step {
            name: name.to_owned(),
            code: read(&path).trim().to_owned(),
            said: read(&path.with_extension("said")).trim().to_owned(),
        });
    }
    steps.sort_by(|one, other| one.name.cmp(&other.name));
    if steps.is_empty() {
        steps.push(Step {
            name: "the machine".to_owned(),
            code: "none".to_owned(),
            said: "no command was run".to_owned(),
        });
    }
    Ok(steps)
}
