//! The parser, as the evaluator uses it.

use nix_syntax::ast::{Ast, Expr, ExprId};
use nix_syntax::print::PrintOptions;
use nix_syntax::{LintLevel as ParserLint, Lints, ParseOptions, WarningKind};

use crate::error::{ErrorKind, EvalError, Result};
use crate::evaluator::Evaluator;
use crate::host::Message;
use crate::settings::{Feature, LintLevel, Settings};
use crate::source::{Origin, Pos};

/// What the parser is to accept.
fn options(settings: &Settings) -> ParseOptions {
    let level = |level| match level {
        LintLevel::Ignore => ParserLint::Ignore,
        LintLevel::Warn => ParserLint::Warn,
        LintLevel::Fatal => ParserLint::Fatal,
    };
    ParseOptions {
        pipe_operators: settings.has(Feature::PipeOperators),
        lints: Lints {
            url_literals: level(settings.lint_url_literals),
            short_path_literals: level(settings.lint_short_path_literals),
            absolute_path_literals: level(settings.lint_absolute_path_literals),
        },
    }
}

fn position(start: Pos, pos: nix_syntax::ast::Pos) -> Pos {
    if pos == nix_syntax::ast::Pos::NONE {
        Pos::NONE
    } else {
        Pos(start.0 + pos.0)
    }
}

/// A position as text.
fn show(e: &Evaluator, start: Pos, pos: nix_syntax::ast::Pos) -> String {
    let location = e.locate(position(start, pos));
    location.map_or_else(|| "«none»".to_owned(), |location| location.to_string())
}

/// A text that was parsed.
pub(crate) struct ParsedText {
    pub(crate) ast: Ast,
    /// How many warnings there were.
    pub(crate) warnings: usize,
}

/// Parses definitions without braces around them, the last perhaps without its semicolon; `None` if
/// the text is something else.
pub(crate) fn parse_bindings(e: &Evaluator, text: &[u8]) -> Option<Ast> {
    let options = options(&e.settings);
    let parsed = nix_syntax::parse_bindings(text, &options)
        .or_else(|_| nix_syntax::parse_bindings(&[text, b";"].concat(), &options));
    parsed.ok().map(|parsed| parsed.ast)
}

/// Parses a text whose first byte has the position `start`, and reports warnings.
pub(crate) fn parse(e: &Evaluator, text: &[u8], start: Pos) -> Result<ParsedText> {
    let parsed = {
        let mut memory = e.files.memory.borrow_mut();
        nix_syntax::parse_in(text, &options(&e.settings), &mut memory.parse)
    };
    let parsed = parsed.map_err(|error| {
        let message = error.full_message(|pos| show(e, start, pos));
        EvalError::new(ErrorKind::Parse, message).at(position(start, error.pos))
    })?;
    for warning in &parsed.warnings {
        let message = match warning.kind {
            WarningKind::OrIdentifier => {
                format!("at {}: {}", show(e, start, warning.pos), warning.message)
            }
            WarningKind::Lint => crate::render::warning(
                &warning.message,
                None,
                e.locate(position(start, warning.pos)).as_ref(),
            ),
        };
        e.host.message(Message::Warning(&message));
    }
    Ok(ParsedText {
        ast: parsed.ast,
        warnings: parsed.warnings.len(),
    })
}

impl Settings {
    /// A number that differs between settings under which one text is compiled differently.
    #[must_use]
    pub fn syntax(&self) -> u32 {
        let level = |level| match level {
            LintLevel::Ignore => 0,
            LintLevel::Warn => 1,
            LintLevel::Fatal => 2,
        };
        let lints = [
            self.lint_url_literals,
            self.lint_short_path_literals,
            self.lint_absolute_path_literals,
        ];
        let lints = lints.into_iter().fold(0, |sum, lint| sum * 3 + level(lint));
        lints * 2 + u32::from(self.has(Feature::PipeOperators))
    }
}

impl Evaluator {
    /// The text of the expression at a position, as Nix shows expressions in messages.
    pub(crate) fn show_expression(&self, pos: Pos) -> String {
        self.show_at(pos, |_, id| Some(id))
    }

    /// The text of the condition of the assertion at a position.
    pub(crate) fn show_asserted(&self, pos: Pos) -> String {
        self.show_at(pos, |ast, id| match ast.expr(id) {
            Expr::Assert { condition, .. } => Some(condition),
            _ => None,
        })
    }

    /// The text of what `pick` makes of the outermost expression at a position that it accepts.
    /// The file is parsed again: only messages need this.
    fn show_at(&self, pos: Pos, pick: impl Fn(&Ast, ExprId) -> Option<ExprId>) -> String {
        const UNKNOWN: &str = "…";
        let Some((text, offset)) = self.sources.text_at(pos, &|path| self.read_source(path)) else {
            return UNKNOWN.to_owned();
        };
        let Ok(parsed) = nix_syntax::parse(&text, &options(&self.settings)) else {
            return UNKNOWN.to_owned();
        };
        let ast = &parsed.ast;
        let found = (0..ast.exprs.len()).rev().find_map(|index| {
            if ast.positions[index].0 as usize != offset {
                return None;
            }
            pick(ast, ExprId(index as u32))
        });
        match found {
            Some(id) => {
                let directory = match self.sources.origin(pos) {
                    Some(Origin::File(path)) => crate::paths::parent(&path).to_vec(),
                    _ => Vec::new(),
                };
                let options = PrintOptions {
                    base_directory: &directory,
                    home_directory: b"~",
                };
                let text = nix_syntax::print::print_expr(ast, id, &options);
                String::from_utf8_lossy(&text).into_owned()
            }
            None => UNKNOWN.to_owned(),
        }
    }
}

impl Evaluator {
    /// Where the right operand of an operator of one character begins, for messages; `pos` is the
    /// position of the operator.
    pub(crate) fn right_operand_pos(&self, pos: Pos) -> Pos {
        let Some((text, offset)) = self.sources.text_at(pos, &|path| self.read_source(path)) else {
            return pos;
        };
        let mut at = offset + 1;
        loop {
            let rest = text.get(at..).unwrap_or_default();
            at += match rest {
                [b' ' | b'\t' | b'\r' | b'\n', ..] => 1,
                [b'#', ..] => rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len()),
                [b'/', b'*', ..] => rest
                    .windows(2)
                    .position(|pair| pair == b"*/")
                    .map_or(rest.len(), |n| n + 2),
                _ => return Pos(pos.0 + (at - offset) as u32),
            };
        }
    }

    /// Where the interpolation begins that an expression stands in, for messages.
    pub(crate) fn interpolation_pos(&self, pos: Pos) -> Pos {
        let Some((text, offset)) = self.sources.text_at(pos, &|path| self.read_source(path)) else {
            return pos;
        };
        let before = text.get(..offset).unwrap_or_default();
        match before.windows(2).rposition(|pair| pair == b"${") {
            Some(start) => Pos(pos.0 - (offset - start) as u32),
            None => pos,
        }
    }
}
