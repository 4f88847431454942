//! What the tests share.
#![allow(dead_code, clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use nix_syntax::ast::Ast;
use nix_syntax::print::{PrintOptions, print};
use nix_syntax::{ParseOptions, parse};

/// The options of the fixtures: they were recorded in this directory.
pub const PRINT: PrintOptions = PrintOptions {
    base_directory: b"/base/dir",
    home_directory: b"/home/user",
};

pub const WITH_PIPES: ParseOptions = ParseOptions {
    pipe_operators: true,
    lints: nix_syntax::Lints {
        url_literals: nix_syntax::LintLevel::Ignore,
        short_path_literals: nix_syntax::LintLevel::Ignore,
        absolute_path_literals: nix_syntax::LintLevel::Ignore,
    },
};

/// Parses a text that must be valid.
#[track_caller]
pub fn tree(source: &str) -> Ast {
    match parse(source.as_bytes(), &WITH_PIPES) {
        Ok(parsed) => parsed.ast,
        Err(error) => panic!("{source:?}: {error} at {}", error.pos.0),
    }
}

/// Parses and prints a text that must be valid.
#[track_caller]
pub fn printed(source: &str) -> String {
    String::from_utf8(print(&tree(source), &PRINT)).unwrap()
}

/// A case of a fixture file: a source, and what Nix 2.34.8 says to it.
pub struct Case {
    /// Where the case is, for messages.
    pub place: String,
    pub source: String,
    pub expected: String,
}

/// Reads the cases of all files in a directory of fixtures. A file has, for each case, the line
/// `--- source` and the source (without the last newline), then the line of `--- ` and `marker`
/// and what is expected.
pub fn cases(directory: &str, marker: &str) -> Vec<Case> {
    let directory: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(directory);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for (index, case) in text.split("--- source\n").skip(1).enumerate() {
            let (source, expected) = case.split_once(&format!("\n--- {marker}\n")).unwrap();
            cases.push(Case {
                place: format!("{name}, case {}", index + 1),
                source: source.to_owned(),
                expected: expected.trim_end_matches('\n').to_owned(),
            });
        }
    }
    cases
}
