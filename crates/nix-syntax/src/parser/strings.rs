//! Strings and interpolated paths, whose inside has no tokens.
//!
//! When these functions are called the current token is the one that opens the string, and
//! [`crate::lexer::Lexer::next`] is where its inside starts. They read the inside themselves, and
//! let the lexer go on at each `${` and after the end.

use super::{Failed, Parser, Result};
use crate::LintLevel;
use crate::ast::{Expr, ExprId, PathPart, Pos, Run, StrId};
use crate::lexer::{Token, is_path_byte};

/// What a `"…"` is.
#[derive(Clone, Copy)]
pub(super) enum StringLiteral {
    /// Without interpolation.
    Plain(StrId),
    /// With interpolation, and where the first part starts.
    Interpolated(Run, Pos),
}

/// What a `''…''` is made of, before its indentation is taken off.
pub(super) enum IndentedPart {
    /// A range of the source.
    Text { start: usize, end: usize },
    /// The meaning of an escape: it ends the indentation of its line.
    Escape { bytes: [u8; 2], len: u8 },
    /// `${…}`
    Interpolation { expr: ExprId, pos: Pos },
}

impl Parser<'_> {
    /// A `"…"` as an expression.
    #[inline(never)]
    pub(super) fn string(&mut self) -> Result<ExprId> {
        Ok(match self.string_literal()? {
            StringLiteral::Plain(text) => self.add(Expr::Str(text), Pos::NONE),
            StringLiteral::Interpolated(parts, pos) => self.add(Expr::Interpolated(parts), pos),
        })
    }

    /// A `"…"` as a part of an attribute path.
    pub(super) fn name_of_string(&mut self, string: StringLiteral) -> PathPart {
        match string {
            StringLiteral::Plain(text) => {
                let text = self.ast.string(text).to_vec();
                // Nothing else refers to the text, which is the last one.
                self.ast.string_ends.pop();
                self.ast
                    .string_bytes
                    .truncate(self.ast.string_bytes.len() - text.len());
                PathPart::Static(self.intern(&text))
            }
            StringLiteral::Interpolated(parts, pos) => {
                PathPart::Dynamic(self.add(Expr::Interpolated(parts), pos))
            }
        }
    }

    pub(super) fn string_literal(&mut self) -> Result<StringLiteral> {
        let base = self.stacks.parts.len();
        let first = Pos(self.lexer.next as u32);
        loop {
            let start = self.lexer.next;
            self.string_text()?;
            let at_end = self.lexer.byte(self.lexer.next) == b'"';
            if at_end && self.stacks.parts.len() == base {
                let text = self.finish_string();
                self.lexer.next += 1;
                self.lexer.advance();
                return Ok(StringLiteral::Plain(text));
            }
            if self.lexer.next > start {
                self.finish_text_part();
            }
            if at_end {
                break;
            }
            self.interpolation()?;
        }
        self.lexer.next += 1;
        self.lexer.advance();
        let parts = self.finish_parts(base);
        Ok(StringLiteral::Interpolated(parts, first))
    }

    fn finish_text_part(&mut self) {
        let text = self.finish_string();
        let part = self.add(Expr::Str(text), Pos::NONE);
        self.stacks.parts.push((part, Pos::NONE));
    }

    /// Reads text up to the next `"` or `${`, and adds its meaning to the texts of the tree.
    fn string_text(&mut self) -> Result<()> {
        let source = self.lexer.source;
        let start = self.lexer.next;
        let text_start = self.ast.string_bytes.len();
        let mut offset = start;
        let mut complete = true;
        loop {
            let rest = &source[offset..];
            let length = rest
                .iter()
                .position(|&b| matches!(b, b'"' | b'\\' | b'$' | b'\r'))
                .unwrap_or(rest.len());
            self.ast.string_bytes.extend_from_slice(&rest[..length]);
            offset += length;
            let Some(&byte) = source.get(offset) else {
                complete = false;
                break;
            };
            match byte {
                b'"' => break,
                b'\\' => {
                    let Some(&escaped) = source.get(offset + 1) else {
                        complete = false;
                        break;
                    };
                    self.ast.string_bytes.push(unescape(escaped));
                    offset += 2;
                }
                b'\r' => {
                    self.ast.string_bytes.push(b'\n');
                    offset += if source.get(offset + 1) == Some(&b'\n') {
                        2
                    } else {
                        1
                    };
                }
                _ => match source.get(offset + 1) {
                    Some(b'{') => break,
                    // The second `$` cannot open an interpolation.
                    Some(b'$') => {
                        self.ast.string_bytes.extend_from_slice(b"$$");
                        offset += 2;
                    }
                    _ => {
                        self.ast.string_bytes.push(b'$');
                        offset += 1;
                    }
                },
            }
        }
        self.lexer.next = offset;
        if self.ast.string_bytes[text_start..].contains(&0) {
            let text = self.ast.string_bytes[text_start..].to_vec();
            return Err(self.null_byte(&text, Pos(start as u32)));
        }
        if !complete {
            let end = Pos(source.len() as u32);
            return Err(self.syntax_error(Token::End.describe(), "'\"'", end));
        }
        Ok(())
    }

    #[cold]
    fn null_byte(&mut self, text: &[u8], pos: Pos) -> Failed {
        let text = String::from_utf8_lossy(text).replace('\0', "␀");
        self.fail(
            format!(
                "input string '{text}' cannot be represented as Nix string because it contains \
                 null bytes"
            ),
            pos,
        )
    }

    /// `${ … }` in a string: pushes its expression. Reading goes on right after the `}`.
    fn interpolation(&mut self) -> Result<()> {
        let (expr, pos) = self.interpolated_expression()?;
        self.stacks.parts.push((expr, pos));
        Ok(())
    }

    fn interpolated_expression(&mut self) -> Result<(ExprId, Pos)> {
        let pos = Pos(self.lexer.next as u32);
        self.lexer.next += 2;
        self.lexer.advance();
        let expr = self.expression()?;
        if self.token() != Token::RightBrace {
            return Err(self.unexpected("'}'"));
        }
        Ok((expr, pos))
    }

    /// A path, perhaps with interpolation.
    #[inline(never)]
    pub(super) fn path(&mut self) -> Result<ExprId> {
        let pos = self.here();
        let literal = self.lexer.text();
        if self.options.lints.short_path_literals != LintLevel::Ignore
            || self.options.lints.absolute_path_literals != LintLevel::Ignore
        {
            self.lint_path(literal, pos)?;
        }
        let text = self.add_string(literal);
        let first = self.add(Expr::Path(text), Pos::NONE);
        let base = self.stacks.parts.len();
        self.stacks.parts.push((first, Pos::NONE));
        let mut trailing_slash = literal.last() == Some(&b'/');
        let mut last_token = pos;
        loop {
            let start = self.lexer.next;
            if self.lexer.source[start..].starts_with(b"${") {
                self.interpolation()?;
                // The `}`, which is still the current token.
                last_token = self.here();
                trailing_slash = false;
                continue;
            }
            let end = self.path_text(start);
            if end == start {
                break;
            }
            // The grammar wants an interpolation before text; two slashes in a row get here.
            if self.stacks.parts.len() == base + 1 && !self.lexer.source[end..].starts_with(b"${") {
                return Err(self.path_without_interpolation(start, end, last_token));
            }
            let text = self.add_string(&self.lexer.source[start..end]);
            let part = self.add(Expr::Str(text), Pos::NONE);
            self.stacks.parts.push((part, Pos::NONE));
            trailing_slash = self.lexer.byte(end - 1) == b'/';
            last_token = Pos(start as u32);
            self.lexer.next = end;
        }
        if trailing_slash {
            return Err(self.trailing_slash(last_token));
        }
        if self.lexer.next == self.lexer.source.len() {
            // Nix ends a path by going back a token, after which its lexer has an end of file in
            // mind that is too early.
            self.end_of_file = Some(last_token);
        }
        self.lexer.advance();
        if self.stacks.parts.len() == base + 1 {
            self.stacks.parts.truncate(base);
            return Ok(first);
        }
        let parts = self.finish_parts(base);
        Ok(self.add(Expr::InterpolatedPath(parts), pos))
    }

    /// The end of the longest text that a path can go on with: segments, or one segment that may
    /// end with a slash.
    fn path_text(&self, start: usize) -> usize {
        let mut segment = start;
        while is_path_byte(self.lexer.byte(segment)) {
            segment += 1;
        }
        if self.lexer.byte(segment) != b'/' {
            return segment;
        }
        self.lexer.path_segments(segment).max(segment + 1)
    }

    #[cold]
    fn trailing_slash(&mut self, last_token: Pos) -> Failed {
        // At the end of the text there is no byte to blame, so that Nix still has the position of
        // the token before.
        let next = self.lexer.next;
        let pos = if next < self.lexer.source.len() {
            Pos(next as u32)
        } else {
            last_token
        };
        self.fail("path has a trailing slash", pos)
    }

    #[cold]
    fn path_without_interpolation(&mut self, start: usize, end: usize, before: Pos) -> Failed {
        let at_end = end >= self.lexer.source.len();
        if self.lexer.byte(end - 1) == b'/' && self.path_text(end) == end {
            self.lexer.next = end;
            return self.trailing_slash(Pos(start as u32));
        }
        if self.path_text(end) > end {
            return self.syntax_error("string", "'${'", Pos(end as u32));
        }
        let pos = if at_end { before } else { Pos(start as u32) };
        self.syntax_error("end of path", "'${'", pos)
    }

    #[cold]
    fn lint_path(&mut self, literal: &[u8], pos: Pos) -> Result<()> {
        let text = String::from_utf8_lossy(literal);
        let (level, setting, message) = match literal[0] {
            first @ (b'/' | b'~') => {
                let kind = if first == b'/' { "absolute" } else { "home" };
                let message = format!(
                    "{kind} path literals are not portable. Consider replacing path literal \
                     '{text}' by a string, relative path, or parameter"
                );
                let level = self.options.lints.absolute_path_literals;
                (level, "lint-absolute-path-literals", message)
            }
            b'.' => return Ok(()),
            _ => {
                let message = format!(
                    "relative path literal '{text}' should be prefixed with '.' for clarity: \
                     './{text}'"
                );
                (
                    self.options.lints.short_path_literals,
                    "lint-short-path-literals",
                    message,
                )
            }
        };
        self.lint(level, setting, &message, pos)
    }

    /// A `''…''`.
    #[inline(never)]
    pub(super) fn indented_string(&mut self) -> Result<ExprId> {
        let pos = self.here();
        let base = self.stacks.indented.len();
        while self.indented_part()? {}
        self.lexer.advance();
        let mut parts = std::mem::take(&mut self.stacks.indented);
        let result = self.strip_indentation(&parts[base..], pos);
        parts.truncate(base);
        self.stacks.indented = parts;
        Ok(result)
    }

    /// Pushes the next part of a `''…''`, or steps over its end and gives false.
    fn indented_part(&mut self) -> Result<bool> {
        let source = self.lexer.source;
        let start = self.lexer.next;
        // `$` and `'` belong to the text together with the byte after them, unless that makes
        // them something else.
        let mut end = start;
        while let Some(&byte) = source.get(end) {
            match byte {
                b'$' if matches!(source.get(end + 1), None | Some(b'{' | b'\'')) => break,
                b'\'' if matches!(source.get(end + 1), None | Some(b'\'' | b'$')) => break,
                b'$' | b'\'' => end += 2,
                _ => end += 1,
            }
        }
        if end > start {
            if source[start..end].contains(&0) {
                return Err(self.null_byte(&source[start..end], Pos(start as u32)));
            }
            self.stacks.indented.push(IndentedPart::Text { start, end });
            self.lexer.next = end;
            return Ok(true);
        }
        let (bytes, len, length) = match &source[start..] {
            [b'$', b'{', ..] => {
                let (expr, pos) = self.interpolated_expression()?;
                self.stacks
                    .indented
                    .push(IndentedPart::Interpolation { expr, pos });
                return Ok(true);
            }
            [b'$', ..] => ([b'$', 0], 1, 1),
            [b'\'', b'\'', b'$', ..] => ([b'$', 0], 1, 3),
            [b'\'', b'\'', b'\'', ..] => ([b'\'', b'\''], 2, 3),
            [b'\'', b'\'', b'\\', 0, ..] => {
                return Err(self.null_byte(b"\0", Pos(start as u32)));
            }
            [b'\'', b'\'', b'\\', escaped, ..] => ([unescape(*escaped), 0], 1, 4),
            [b'\'', b'\'', ..] => {
                self.lexer.next = start + 2;
                return Ok(false);
            }
            [b'\'', ..] => ([b'\'', 0], 1, 1),
            _ => {
                let end = Pos(source.len() as u32);
                let expecting = "indented string or '${' or end of an indented string";
                return Err(self.syntax_error(Token::End.describe(), expecting, end));
            }
        };
        self.stacks
            .indented
            .push(IndentedPart::Escape { bytes, len });
        self.lexer.next = start + length;
        Ok(true)
    }

    /// Makes the expression: takes as many spaces from each line as all lines have, but for those
    /// of spaces only, and the last line if it is such.
    fn strip_indentation(&mut self, parts: &[IndentedPart], pos: Pos) -> ExprId {
        let source = self.lexer.source;
        let indentation = indentation(source, parts);
        let base = self.stacks.parts.len();
        let mut line = LineState {
            at_start: true,
            dropped: 0,
        };
        for (index, part) in parts.iter().enumerate() {
            let text_start = self.ast.string_bytes.len();
            match part {
                IndentedPart::Interpolation { expr, pos } => {
                    line = LineState {
                        at_start: false,
                        dropped: 0,
                    };
                    self.stacks.parts.push((*expr, *pos));
                    continue;
                }
                IndentedPart::Text { start, end } => {
                    let bytes = &mut self.ast.string_bytes;
                    strip_text(&source[*start..*end], indentation, &mut line, bytes);
                }
                IndentedPart::Escape {
                    bytes: escaped,
                    len,
                } => {
                    let bytes = &mut self.ast.string_bytes;
                    strip_text(&escaped[..usize::from(*len)], indentation, &mut line, bytes);
                }
            }
            if index + 1 == parts.len() {
                let text = &self.ast.string_bytes[text_start..];
                let spaces = text.iter().rev().take_while(|&&b| b == b' ').count();
                if text.len() > spaces && text[text.len() - spaces - 1] == b'\n' {
                    self.ast
                        .string_bytes
                        .truncate(self.ast.string_bytes.len() - spaces);
                }
            }
            if self.ast.string_bytes.len() > text_start {
                self.finish_text_part();
            }
        }
        match self.stacks.parts[base..] {
            [] => {
                let text = self.finish_string();
                self.add(Expr::Str(text), Pos::NONE)
            }
            // A sole text. (So is a sole interpolation of a literal, as in `''${"a"}''`.)
            [(part, _)] if matches!(self.ast.expr(part), Expr::Str(_)) => {
                self.stacks.parts.truncate(base);
                part
            }
            _ => {
                let parts = self.finish_parts(base);
                self.add(Expr::Interpolated(parts), pos)
            }
        }
    }
}

/// Where in a line [`strip_text`] is.
struct LineState {
    at_start: bool,
    dropped: usize,
}

/// The number of spaces that every line starts with that has anything else in it.
fn indentation(source: &[u8], parts: &[IndentedPart]) -> usize {
    let mut minimum = usize::MAX;
    let mut current = 0;
    let mut at_start = true;
    for part in parts {
        let IndentedPart::Text { start, end } = part else {
            if at_start {
                at_start = false;
                minimum = minimum.min(current);
            }
            continue;
        };
        let mut rest = &source[*start..*end];
        loop {
            if at_start {
                let spaces = rest.iter().take_while(|&&b| b == b' ').count();
                current += spaces;
                rest = &rest[spaces..];
                match rest.first() {
                    None => break,
                    Some(b'\n') => {
                        current = 0;
                        rest = &rest[1..];
                        continue;
                    }
                    Some(_) => {
                        at_start = false;
                        minimum = minimum.min(current);
                    }
                }
            }
            let Some(newline) = rest.iter().position(|&b| b == b'\n') else {
                break;
            };
            rest = &rest[newline + 1..];
            at_start = true;
            current = 0;
        }
    }
    minimum
}

/// Adds a text without the indentation of its lines.
fn strip_text(text: &[u8], indentation: usize, line: &mut LineState, out: &mut Vec<u8>) {
    let mut rest = text;
    loop {
        if line.at_start {
            let spaces = rest.iter().take_while(|&&b| b == b' ').count();
            let kept = spaces.saturating_sub(indentation.saturating_sub(line.dropped));
            out.extend_from_slice(&rest[spaces - kept..spaces]);
            line.dropped += spaces;
            rest = &rest[spaces..];
            if rest.is_empty() {
                return;
            }
            line.dropped = 0;
            line.at_start = false;
        }
        match rest.iter().position(|&b| b == b'\n') {
            None => {
                out.extend_from_slice(rest);
                return;
            }
            Some(newline) => {
                out.extend_from_slice(&rest[..=newline]);
                rest = &rest[newline + 1..];
                line.at_start = true;
            }
        }
    }
}

/// The meaning of a byte after a backslash.
fn unescape(byte: u8) -> u8 {
    match byte {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        other => other,
    }
}
