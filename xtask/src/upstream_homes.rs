//! `cargo xtask upstream-homes DIR`: the homes of upstream's tests on this project's modules, with the
//! embedded library and packages.
//!
//! DIR is that of `upstream-tests`. Options of modules that are not here are ignored, as upstream's
//! tests are set up. A home that does not evaluate names such an option, or a package that the embedded
//! set lacks; any other reason is a fault of this project.

use std::fs;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use testutils::Sandbox;
use testutils::evaluations::{Evaluated, evaluate_each, nix_string};

use crate::examples::print_summary;
use crate::process::{Result, program};
use crate::upstream_tests::arrange;

/// Evaluate the homes of upstream's tests with the embedded library and packages
#[derive(ClapArgs)]
pub struct Arguments {
    /// Where the checkouts are
    directory: PathBuf,

    /// Run this program instead of building one
    #[arg(long, value_name = "PROGRAM")]
    program: Option<PathBuf>,
}

/// Parts of the messages that are no fault of this project's.
const REASONS: [&str; 4] = [
    // A package of the test, or of a module with a remedy in the message.
    "attribute '",
    "is not in Home Manager's embedded package set",
    // A module.
    "' does not exist",
    "cannot find attribute",
];

/// Evaluates the homes and prints how many do, and why the others do not.
pub fn run(arguments: &Arguments) -> Result<()> {
    let directory = arguments
        .directory
        .canonicalize()
        .map_err(|error| format!("DIR: {error}"))?;
    let tree = tempfile::tempdir().map_err(|error| error.to_string())?;
    arrange(&directory, tree.path())?;
    // Upstream exempts some packages from its stand-ins by name; the embedded set lacks them.
    let driver = tree.path().join("tests/parity.nix");
    let text = fs::read_to_string(&driver).map_err(|error| error.to_string())?;
    let text = text.replace("rawScrubbedPkgs.extend whitelist", "rawScrubbedPkgs");
    fs::write(&driver, text).map_err(|error| error.to_string())?;

    let sandbox = Sandbox::new(program(arguments.program.as_deref())?);
    let tests = format!(
        "(import {tree}/tests/parity.nix {{ pkgs = import {tree}/pkgs {{ }}; }})",
        tree = tree.path().display()
    );
    let names = names(&sandbox, &tests)?;
    let expressions: Vec<String> = names
        .iter()
        .map(|name| format!("tests.{}.drv.drvPath", nix_string(name)))
        .collect();
    let values = evaluate_each(&sandbox, &format!("tests = {tests}"), &expressions);
    let results: Vec<(String, Evaluated)> = names.into_iter().zip(values).collect();
    print_summary(&results);
    let is_ours = |message: &String| !REASONS.iter().any(|reason| message.contains(reason));
    let ours = results
        .iter()
        .filter(|(_, value)| value.as_ref().err().is_some_and(is_ours))
        .count();
    println!("{ours} fail for another reason than a module or a package that is not here");
    Ok(())
}

/// The names of the tests.
fn names(sandbox: &Sandbox, tests: &str) -> Result<Vec<String>> {
    let expression = format!("builtins.attrNames {tests}");
    let ran = sandbox.run([
        "nix-instantiate",
        "--eval",
        "--strict",
        "--json",
        "-E",
        &expression,
    ]);
    serde_json::from_str(&ran.stdout).map_err(|error| format!("{error}\n{}", ran.stderr))
}
