//! Programs with the results that Nix 2.34.8 gives.
//!
//! `language/okay/X.nix` evaluates, strictly, to `X.expected`; `language/fail/X.nix` fails with the
//! message and trace in `X.expected`, where `/here` stands for the directory.

use std::path::{Path, PathBuf};

use nix_eval::host::ReadOnlyHost;
use nix_eval::{Evaluator, Origin, Settings, render, with_large_stack};

fn directory(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/language")
        .join(kind)
}

fn programs(kind: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory(kind)).expect("the fixtures are there");
    let mut programs: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a readable directory").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "nix"))
        .collect();
    programs.sort();
    programs
}

/// What a program prints, or the text of its error.
fn run(program: &Path) -> Result<String, String> {
    let host = ReadOnlyHost::new("/nix/store").expect("a valid store directory");
    let e = Evaluator::new(Box::new(host), Settings::default());
    let text = std::fs::read(program).expect("a readable fixture");
    let origin = Origin::File(program.to_str().expect("UTF-8").as_bytes().into());
    let directory = program.parent().expect("a directory");
    e.eval_source(&text, origin, directory)
        .and_then(|value| e.force_deep(value))
        .and_then(|value| e.print(value))
        .map_err(|error| render(&e.report(&error), true))
}

fn check(kind: &str, run: impl Fn(&Path) -> String + Sync) {
    let programs = programs(kind);
    assert!(programs.len() > 10, "the fixtures are there");
    let here = directory(kind);
    let here = here.to_str().expect("UTF-8");
    let failed: Vec<String> = programs
        .iter()
        .filter_map(|program| {
            let expected =
                std::fs::read_to_string(program.with_extension("expected")).expect("recorded");
            let actual = with_large_stack(|| run(program)).replace(here, "/here");
            (actual != expected.trim_end_matches('\n'))
                .then(|| format!("{}:\n{actual}\ninstead of\n{expected}", program.display()))
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn programs_evaluate_as_in_nix() {
    check("okay", |program| run(program).unwrap_or_else(|error| error));
}

#[test]
fn programs_fail_as_in_nix() {
    check("fail", |program| match run(program) {
        Ok(value) => format!("no error but {value}"),
        Err(error) => error,
    });
}
