//! `cargo xtask upstream-tests DIR`: upstream's own unit tests on this project's modules.
//!
//! DIR holds checkouts of upstream and what its tests need offline: `home-manager`,
//! `offline-nixpkgs` and `nmt`; see `xtask/README.md`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args as ClapArgs;

use crate::process::{Result, output, project, release_program};

/// The tests that pass, one name a line.
const LIST: &str = include_str!("../upstream-tests/list.txt");

/// Run upstream's unit tests with this project's modules
#[derive(ClapArgs)]
pub struct Arguments {
    /// Where the checkouts are
    directory: PathBuf,

    /// Build with this command, like `nix-build`, in place of this project's program
    #[arg(long, value_name = "COMMAND")]
    nix_build: Option<String>,

    /// Run these tests in place of the list
    tests: Vec<String>,
}

/// Evaluates, builds and checks each test.
pub fn run(arguments: &Arguments) -> Result<()> {
    let directory = arguments
        .directory
        .canonicalize()
        .map_err(|error| format!("DIR: {error}"))?;
    let tree = tempfile::Builder::new()
        .prefix("upstream-tests-")
        .tempdir_in(&directory)
        .map_err(|error| error.to_string())?;
    arrange(&directory, tree.path())?;
    let tests: Vec<&str> = if arguments.tests.is_empty() {
        LIST.lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect()
    } else {
        arguments.tests.iter().map(String::as_str).collect()
    };
    let command: Vec<String> = match &arguments.nix_build {
        Some(command) => command.split_whitespace().map(str::to_owned).collect(),
        None => vec![
            release_program()?.display().to_string(),
            "nix-build".to_owned(),
        ],
    };
    let mut failed = Vec::new();
    for (number, test) in tests.iter().enumerate() {
        let expression = format!(
            "(import {tree}/tests/parity.nix {{ pkgs = import {}/offline-nixpkgs {{ overlays = [ \
             (import {tree}/packages.nix {{ formats = {tree}/pkgs/formats; }}) ]; }}; }}).{test}.check",
            directory.display(),
            tree = tree.path().display(),
        );
        let ran = output(
            Command::new(&command[0])
                .args(&command[1..])
                .args(["--no-out-link", "-E", &expression])
                .current_dir(&directory),
        )?;
        if ran.status.success() {
            println!("ok   {}/{} {test}", number + 1, tests.len());
        } else {
            println!("FAIL {}/{} {test}", number + 1, tests.len());
            let text = String::from_utf8_lossy(&ran.stderr).into_owned();
            let lines: Vec<&str> = text.lines().collect();
            for line in &lines[lines.len().saturating_sub(20)..] {
                println!("       {line}");
            }
            failed.push(*test);
        }
    }
    println!("{} of {} pass", tests.len() - failed.len(), tests.len());
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("failed: {}", failed.join(" ")))
    }
}

/// Upstream's tests beside our modules.
pub fn arrange(directory: &Path, tree: &Path) -> Result<()> {
    let failed = |error: std::io::Error| error.to_string();
    let upstream = directory.join("home-manager");
    copy_tree(&upstream.join("tests"), &tree.join("tests")).map_err(failed)?;
    copy_tree(&project().join("modules"), &tree.join("modules")).map_err(failed)?;
    copy_tree(&project().join("lib"), &tree.join("lib")).map_err(failed)?;
    copy_tree(&project().join("pkgs"), &tree.join("pkgs")).map_err(failed)?;
    fs::copy(
        project().join("xtask/upstream-tests/packages.nix"),
        tree.join("packages.nix"),
    )
    .map_err(failed)?;
    // The one place where upstream's tests reach into its library.
    let library = tree.join("modules/lib");
    fs::create_dir_all(&library).map_err(failed)?;
    fs::write(
        library.join("stdlib-extended.nix"),
        "import ../../lib/extended.nix\n",
    )
    .map_err(failed)?;
    // What its test of the release compares with.
    fs::copy(upstream.join("release.json"), tree.join("release.json")).map_err(failed)?;
    symlink(directory.join("nmt"), tree.join("nmt")).map_err(failed)?;
    let driver = fs::read_to_string(upstream.join("tests/default.nix")).map_err(failed)?;
    let start = driver
        .find("fetchTarball {")
        .ok_or("tests/default.nix fetches no nmt")?;
    let end = start
        + driver[start..]
            .find("};")
            .ok_or("tests/default.nix is cut off")?
        + 2;
    let driver = format!("{}../nmt;{}", &driver[..start], &driver[end..]);
    fs::write(tree.join("tests/parity.nix"), driver).map_err(failed)
}

fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else if kind.is_symlink() {
            symlink(fs::read_link(entry.path())?, target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
