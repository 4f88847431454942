//! Running other programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

/// What went wrong, for a person.
pub type Result<T> = std::result::Result<T, String>;

/// The top of the project.
pub fn project() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Runs a command to its end; it must succeed.
pub fn must(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{command:?} failed: {status}"))
    }
}

/// Runs a command and gives what it wrote.
pub fn output(command: &mut Command) -> Result<Output> {
    command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))
}

/// Lets everything in a directory be deleted: stores are read-only in parts.
pub fn permit(directory: &Path) -> Result<()> {
    must(Command::new("chmod").args(["-R", "u+w"]).arg(directory))
}

/// Deletes a directory with all that is in it, if it is there.
pub fn remove(directory: &Path) -> Result<()> {
    if !directory.exists() {
        return Ok(());
    }
    permit(directory)?;
    fs::remove_dir_all(directory).map_err(|error| format!("{}: {error}", directory.display()))
}

/// Waits for a child, at most so long. Whether it ended.
pub fn wait(child: &mut Child, limit: Duration) -> Result<bool> {
    let start = Instant::now();
    loop {
        let ended = child.try_wait().map_err(|error| error.to_string())?;
        if ended.is_some() {
            return Ok(true);
        }
        if start.elapsed() >= limit {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Whether what a verification of a store said is that something is wrong.
pub fn is_complaint(said: &str) -> bool {
    ["disappeared", "modified", "error", "not valid"]
        .iter()
        .any(|word| said.contains(word))
}

/// `cargo` in the project.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(project()).args(arguments);
    command
}

/// Builds the program as it is released and says where it is.
pub fn release_program() -> Result<PathBuf> {
    let mut command = cargo(&[
        "build",
        "--release",
        "--package",
        "hm-cli",
        "--message-format=json",
    ]);
    command.stderr(std::process::Stdio::inherit());
    let built = output(&mut command)?;
    if !built.status.success() {
        return Err("the program does not build".to_owned());
    }
    String::from_utf8_lossy(&built.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back()
        .ok_or_else(|| "cargo named no program".to_owned())
}

/// The program that was named, or else the one that is released.
pub fn program(named: Option<&Path>) -> Result<PathBuf> {
    match named {
        Some(path) => path
            .canonicalize()
            .map_err(|error| format!("{}: {error}", path.display())),
        None => release_program(),
    }
}
