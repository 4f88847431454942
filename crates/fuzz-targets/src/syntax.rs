//! The language as text.

use nix_syntax::ast::{Ast, Expr, PathPart};
use nix_syntax::print::{PrintOptions, print};
use nix_syntax::{Lints, ParseOptions, parse as parse_text};

const OPTIONS: ParseOptions = ParseOptions {
    pipe_operators: true,
    lints: Lints {
        url_literals: nix_syntax::LintLevel::Warn,
        short_path_literals: nix_syntax::LintLevel::Warn,
        absolute_path_literals: nix_syntax::LintLevel::Warn,
    },
};

const PRINT: PrintOptions<'static> = PrintOptions {
    base_directory: b"/base",
    home_directory: b"/home/user",
};

/// Text → tree → text → tree gives the same text again, as far as what is printed is Nix.
pub fn parse(source: &[u8]) {
    let parsed = match parse_text(source, &OPTIONS) {
        Ok(parsed) => parsed,
        Err(error) => {
            assert!(
                error.pos.0 as usize <= source.len(),
                "the error is outside of the text: {error:?}"
            );
            return;
        }
    };
    let once = print(&parsed.ast, &PRINT);
    assert!(!once.is_empty(), "a tree without text");
    if !prints_as_nix(&parsed.ast) {
        return;
    }
    // The text has more brackets than what was parsed, and may be nested too deeply for it.
    let again = match parse_text(&once, &OPTIONS) {
        Ok(again) => print(&again.ast, &PRINT),
        Err(error) if error.message.contains("nested") => return,
        Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&once)),
    };
    assert!(
        once == again,
        "{}\n{}",
        String::from_utf8_lossy(&once),
        String::from_utf8_lossy(&again)
    );
}

/// Whether the printed form of a tree can be read again: that of interpolation, of computed names,
/// of floats with an exponent, of assertions, and of what has no literal, cannot. Nor can that of
/// `or` as a variable, which is only one after what it is an argument of.
fn prints_as_nix(ast: &Ast) -> bool {
    let plain = ast.exprs.iter().all(|expr| match expr {
        Expr::Interpolated(_) | Expr::InterpolatedPath(_) | Expr::Assert { .. } => false,
        Expr::Float(float) => *float == 0.0 || (1e-4..1e5).contains(&float.abs()),
        Expr::Int(int) => *int >= 0,
        Expr::Path(_) | Expr::SearchPath { .. } => false,
        Expr::Var(name) => ast.symbol(*name) != b"or",
        _ => true,
    });
    plain
        && ast.sets.iter().all(|set| set.dynamic.len == 0)
        && ast
            .path_parts
            .iter()
            .all(|part| matches!(part, PathPart::Static(_)))
}
