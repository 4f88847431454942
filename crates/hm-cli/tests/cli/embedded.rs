//! The embedded library and packages: the answers of nixpkgs' library, the examples of all options.

use std::path::{Path, PathBuf};

use testutils::evaluations::evaluate_examples;

use crate::support::sandbox;

/// Examples that are no configuration of this machine, and why.
const OTHERS: [(&str, &str); 3] = [
    ("launchd.agents.<name>.enable", "Must use Darwin"),
    ("programs.emacs.extraConfig", "built into a package of"),
    ("programs.emacs.extraPackages", "built into a package of"),
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
    let is_expected = |name: &str, message: &str| {
        // Text that is made by a package while building.
        message.contains("is not in Home Manager's embedded package set")
            || OTHERS
                .iter()
                .any(|(other, part)| name == *other && message.contains(part))
    };
    let wrong: Vec<String> = examples
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_ref().err()?)))
        .filter(|(name, message)| !is_expected(name, message))
        .map(|(name, message)| format!("{name}: {message}\n"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.concat());
}
