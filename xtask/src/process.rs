//! Running other programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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
