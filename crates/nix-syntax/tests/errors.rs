//! What is not Nix: `fixtures/errors` has sources and what Nix 2.34.8 says about them.

mod common;

use std::fmt::Write;

use common::{WITH_PIPES, cases};
use nix_syntax::ast::Pos;
use nix_syntax::{ParseError, ParseOptions, line_column, parse};

fn error(source: &str) -> ParseError {
    match parse(source.as_bytes(), &ParseOptions::default()) {
        Ok(_) => panic!("{source:?} is accepted"),
        Err(error) => error,
    }
}

#[test]
fn errors_have_the_words_and_the_places_of_nix() {
    let cases = cases("errors", "error");
    assert!(cases.len() > 200, "only {} cases were found", cases.len());
    for case in cases {
        let error = error(&case.source);
        let (line, column) = line_column(case.source.as_bytes(), error.pos);
        let mut text = format!("{line}:{column}: {error}");
        if let Some(previous) = error.previous {
            let (line, column) = line_column(case.source.as_bytes(), previous);
            write!(text, "\npreviously at {line}:{column}").expect("strings take all");
        }
        assert_eq!(text, case.expected, "{}: {}", case.place, case.source);
    }
}

#[test]
fn the_full_message_names_the_first_definition() {
    let error = error("{ a.b = 1; a.b = 2; }");
    assert_eq!(error.to_string(), "attribute 'a.b' already defined");
    assert_eq!(
        error.full_message(|Pos(offset)| format!("here:{offset}")),
        "attribute 'a.b' already defined at here:2"
    );
}

#[test]
fn strings_have_no_nul_bytes() {
    for (source, shown, pos) in [
        ("\"a\0b\"", "a␀b", 1),
        ("\"\0", "␀", 1),
        ("''a\0''", "a␀", 2),
        ("\"${\"x\"}\0\"", "␀", 7),
        ("''''\\\0''", "␀", 2),
    ] {
        let error = error(source);
        assert_eq!(
            error.to_string(),
            format!(
                "input string '{shown}' cannot be represented as Nix string because it contains \
                 null bytes"
            )
        );
        assert_eq!(error.pos, Pos(pos), "{source:?}");
    }
}

#[test]
fn pipes_that_cannot_be_mixed() {
    for (source, message, pos) in [
        (
            "a |> b <| c",
            "syntax error, unexpected '<|', expecting end of file",
            7,
        ),
        (
            "a <| b |> c",
            "syntax error, unexpected '|>', expecting end of file",
            7,
        ),
        (
            "(a |> b <| c)",
            "syntax error, unexpected '<|', expecting ')'",
            8,
        ),
        (
            "a |> x: x",
            "syntax error, unexpected ':', expecting end of file",
            6,
        ),
    ] {
        let error = parse(source.as_bytes(), &WITH_PIPES).expect_err(source);
        assert_eq!(
            (error.to_string().as_str(), error.pos),
            (message, Pos(pos)),
            "{source}"
        );
    }
}
