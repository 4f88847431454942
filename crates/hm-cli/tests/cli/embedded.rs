//! The embedded library and packages: the answers of nixpkgs' library, the examples of all options.

use std::path::{Path, PathBuf};

use testutils::evaluations::evaluate_examples;

use crate::support::sandbox;

/// Parts of messages that are no fault of a module: an example is a part of a configuration, for any
/// system and package set.
const EXPECTED: [&str; 4] = [
    "is not in Home Manager's embedded package set",
    // The module itself says what it lacks.
    "Failed assertions:",
    "was accessed but has no value defined",
    // There is no network.
    "cannot fetch",
];

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_library_answers_as_that_of_nixpkgs() {
    let tests = project().join("lib/tests");
    let failures = format!("(import {} {{ }}).failures", tests.display());
    let ran = sandbox().succeed([
        "nix-instantiate",
        "--read-write-mode",
        "--eval",
        "--strict",
        "--json",
        "-E",
        &failures,
    ]);
    assert_eq!(ran.stdout.trim(), "[]");
}

#[test]
fn every_example_of_an_option_evaluates() {
    let examples = evaluate_examples(&sandbox(), &project());
    assert!(examples.len() > 800, "only {} examples", examples.len());
    let is_expected = |message: &str| EXPECTED.iter().any(|part| message.contains(part));
    let wrong: Vec<String> = examples
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_ref().err()?)))
        .filter(|(_, message)| !is_expected(message))
        .map(|(name, message)| format!("{name}: {message}\n"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.concat());
}
