//! Warnings, and lints that are errors.

mod common;

use nix_syntax::ast::Pos;
use nix_syntax::{LintLevel, Lints, ParseOptions, Warning, WarningKind, parse};

const IGNORE: Lints = Lints {
    url_literals: LintLevel::Ignore,
    short_path_literals: LintLevel::Ignore,
    absolute_path_literals: LintLevel::Ignore,
};

fn options(lints: Lints) -> ParseOptions {
    ParseOptions {
        lints,
        ..ParseOptions::default()
    }
}

fn warnings(source: &str, lints: Lints) -> Vec<Warning> {
    parse(source.as_bytes(), &options(lints))
        .expect(source)
        .warnings
}

#[test]
fn each_lint_has_its_level() {
    let source = "[ http://a foo/bar /foo ~/bar ./ok \"s\" ]";
    for (warn, fatal, expected) in [
        (
            Lints {
                url_literals: LintLevel::Warn,
                ..IGNORE
            },
            Lints {
                url_literals: LintLevel::Fatal,
                ..IGNORE
            },
            vec![(
                2,
                "URL literals are discouraged. Consider using a string literal \"http://a\" \
                 instead (lint-url-literals)",
            )],
        ),
        (
            Lints {
                short_path_literals: LintLevel::Warn,
                ..IGNORE
            },
            Lints {
                short_path_literals: LintLevel::Fatal,
                ..IGNORE
            },
            vec![(
                11,
                "relative path literal 'foo/bar' should be prefixed with '.' for clarity: \
                 './foo/bar' (lint-short-path-literals)",
            )],
        ),
        (
            Lints {
                absolute_path_literals: LintLevel::Warn,
                ..IGNORE
            },
            Lints {
                absolute_path_literals: LintLevel::Fatal,
                ..IGNORE
            },
            vec![
                (
                    19,
                    "absolute path literals are not portable. Consider replacing path literal \
                     '/foo' by a string, relative path, or parameter \
                     (lint-absolute-path-literals)",
                ),
                (
                    24,
                    "home path literals are not portable. Consider replacing path literal \
                     '~/bar' by a string, relative path, or parameter \
                     (lint-absolute-path-literals)",
                ),
            ],
        ),
    ] {
        let found = warnings(source, warn);
        let shown: Vec<(u32, &str)> = found
            .iter()
            .map(|warning| (warning.pos.0, warning.message.as_str()))
            .collect();
        assert_eq!(shown, expected);
        assert!(
            found
                .iter()
                .all(|warning| warning.kind == WarningKind::Lint)
        );

        let error = parse(source.as_bytes(), &options(fatal)).expect_err("fatal");
        let (pos, message) = expected[0];
        assert_eq!(error.pos, Pos(pos));
        assert_eq!(error.message, message.replace("discouraged", "disallowed"));
    }
    assert_eq!(warnings(source, IGNORE), []);
}

#[test]
fn or_as_a_variable_is_warned_of_where_its_meaning_will_change() {
    for (source, cursed) in [
        ("f or", &[][..]),
        ("f or 1", &[]),
        ("(f or)", &[]),
        ("[ (f or) ]", &[]),
        ("g (f or)", &[]),
        ("[ ({ a }: f or) 2 ]", &[]),
        ("{ or = 1; inherit or; }.or or or", &[]),
        ("[ f or ]", &["f or"]),
        ("[ f or 1 g or ]", &["f or", "g or"]),
        ("g f or", &["f or"]),
        ("a.b or f or", &["f or"]),
        ("[ \"${f or}\" g or ]", &["g or"]),
    ] {
        // The last `or` of the seventh is no expression.
        let Ok(parsed) = parse(source.as_bytes(), &ParseOptions::default()) else {
            assert!(source.ends_with("or or"), "{source}");
            continue;
        };
        assert_eq!(parsed.warnings.len(), cursed.len(), "{source}");
        for (warning, text) in parsed.warnings.iter().zip(cursed) {
            assert_eq!(warning.kind, WarningKind::OrIdentifier);
            assert!(
                source[warning.pos.0 as usize..].starts_with(text),
                "{source}"
            );
            assert!(
                warning.message.contains(&format!("\n    ({text})\n")),
                "{source}"
            );
        }
    }
}
