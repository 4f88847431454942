//! `cargo xtask parity DIR`: the derivation paths that this program computes, against what Nix said.
//!
//! The golden files (`DIR/golden/*.tsv`: a name, a tab, the derivation path) hold for the checkouts
//! at the commits that `xtask/README.md` names.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args as ClapArgs;

use crate::process::{Result, output, release_program};

/// Compare derivation paths with those that Nix computed
#[derive(ClapArgs)]
pub struct Arguments {
    /// Where the checkouts are
    directory: PathBuf,

    /// Where the golden files are
    #[arg(long, value_name = "DIR")]
    golden: Option<PathBuf>,

    /// Check only this golden file
    #[arg(long, value_name = "NAME")]
    only: Option<String>,

    /// Check at most this many lines of each file
    #[arg(long)]
    limit: Option<usize>,
}

/// A golden file and how its names are evaluated.
struct Suite {
    file: &'static str,
    /// Nix code for a function from the names to a set of derivation paths (or null on failure).
    evaluate: fn(&Path) -> String,
}

const SUITES: &[Suite] = &[
    Suite {
        file: "corepkgs.tsv",
        evaluate: |directory| {
            format!(
                "let pkgs = import {}/corepkgs {{ }}; in name: at pkgs name",
                directory.display()
            )
        },
    },
    Suite {
        file: "nixpkgs-channels.tsv",
        evaluate: |directory| {
            format!(
                "let pkgs = import {0}/nixpkgs-channels {{ }}; nixos = import {0}/nixpkgs-channels/nixos {{ \
                 configuration = {{ boot.loader.grub.device = \"/dev/sda\"; fileSystems.\"/\".device = \
                 \"/dev/sda1\"; }}; }}; in name: if name == \"nixos-system\" then nixos.system else at \
                 pkgs name",
                directory.display()
            )
        },
    },
    Suite {
        file: "home-manager-tests.tsv",
        evaluate: |directory| {
            format!(
                "let tests = import {0}/home-manager/tests/parity.nix {{ pkgs = import \
                 {0}/offline-nixpkgs/packages.nix {{ }}; }}; in name: tests.${{name}}.drv",
                directory.display()
            )
        },
    },
];

/// How many names one process evaluates.
const BATCH: usize = 100;

/// Evaluates every name and compares.
pub fn run(arguments: &Arguments) -> Result<()> {
    let directory = arguments
        .directory
        .canonicalize()
        .map_err(|error| format!("DIR: {error}"))?;
    let golden = arguments
        .golden
        .clone()
        .unwrap_or_else(|| directory.join("golden"));
    let program = release_program()?;
    let mut wrong = 0;
    for suite in SUITES {
        if arguments
            .only
            .as_deref()
            .is_some_and(|only| !suite.file.starts_with(only))
        {
            continue;
        }
        let path = golden.join(suite.file);
        let Ok(text) = fs::read_to_string(&path) else {
            println!("skipped: {} is not there", path.display());
            continue;
        };
        let lines: Vec<(&str, &str)> = text
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .take(arguments.limit.unwrap_or(usize::MAX))
            .collect();
        wrong += check(&program, suite, &directory, &lines)?;
    }
    if wrong == 0 {
        Ok(())
    } else {
        Err(format!("{wrong} derivation paths differ"))
    }
}

fn check(program: &Path, suite: &Suite, directory: &Path, lines: &[(&str, &str)]) -> Result<usize> {
    let mut wrong = Vec::new();
    for batch in lines.chunks(BATCH) {
        let found = evaluate(program, suite, directory, batch)?;
        for (name, wanted) in batch {
            let got = found.get(*name).map_or("(no answer)", String::as_str);
            if got != *wanted {
                wrong.push((*name, *wanted, got.to_owned()));
            }
        }
    }
    println!(
        "{}: {} of {} equal",
        suite.file,
        lines.len() - wrong.len(),
        lines.len()
    );
    for (name, wanted, got) in wrong.iter().take(20) {
        println!("  {name}\n    Nix:  {wanted}\n    here: {got}");
    }
    Ok(wrong.len())
}

fn evaluate(
    program: &Path,
    suite: &Suite,
    directory: &Path,
    batch: &[(&str, &str)],
) -> Result<BTreeMap<String, String>> {
    let names: Vec<String> = batch.iter().map(|(name, _)| format!("{name:?}")).collect();
    let expression = format!(
        "let at = pkgs: name: builtins.foldl' (set: part: set.${{part}}) pkgs (builtins.filter \
         builtins.isString (builtins.split \"[.]\" name)); path = {}; in builtins.listToAttrs (map \
         (name: {{ inherit name; value = let tried = builtins.tryEval (path name).drvPath; in if \
         tried.success then builtins.unsafeDiscardStringContext tried.value else \"(fails)\"; }}) [ {} ])",
        (suite.evaluate)(directory),
        names.join(" ")
    );
    let ran = output(
        Command::new(program)
            .args([
                "nix-instantiate",
                "--eval",
                "--strict",
                "--json",
                "-E",
                &expression,
            ])
            .current_dir(directory),
    )?;
    if !ran.status.success() {
        if batch.len() == 1 {
            let message = String::from_utf8_lossy(&ran.stderr).trim().to_owned();
            return Ok(BTreeMap::from([(batch[0].0.to_owned(), message)]));
        }
        // One that cannot be caught spoils its batch: find it.
        let (one, other) = batch.split_at(batch.len() / 2);
        let mut found = evaluate(program, suite, directory, one)?;
        found.extend(evaluate(program, suite, directory, other)?);
        return Ok(found);
    }
    serde_json::from_slice(&ran.stdout).map_err(|error| format!("no JSON: {error}"))
}
